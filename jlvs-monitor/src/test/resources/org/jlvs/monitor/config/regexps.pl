# Says of each expression on standard input (Latin 1, one a line) in which of the texts of the file
# given (hexadecimal, one a line) it is found: the expression, a tab, and 1 or 0 for each text, or ERR.
use strict;
no warnings;
open(my $file, '<', $ARGV[0]) or die "$ARGV[0]: $!";
my @texts = map { chomp; pack('H*', $_) } <$file>;
binmode(STDIN);
binmode(STDOUT);
while (my $expression = <STDIN>) {
  chomp $expression;
  my $answers = '';
  for my $text (@texts) {
    my $found = eval { $text =~ /$expression/ ? 1 : 0 };
    if (!defined $found) { $answers = 'ERR'; last; }
    $answers .= $found;
  }
  print "$expression\t$answers\n";
}
