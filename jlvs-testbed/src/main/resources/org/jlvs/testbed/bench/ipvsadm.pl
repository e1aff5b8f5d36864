#!/usr/bin/perl
# ipvsadm in the director's process, begun as fast as the C program is (org.jlvs.cli.Frame has the protocol): the original
# ldirectord calls it many times for one change, and shall not be slower for what a JVM takes to start.
use strict;
use warnings;
use Socket;

my $socket = $ENV{JLVS_BENCH_SOCKET} or die "JLVS_BENCH_SOCKET is not set\n";
socket(my $director, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
connect($director, sockaddr_un($socket)) or die "$socket: $!\n";
binmode $_ for $director, *STDOUT, *STDERR;

my $request = pack('CN', 0, scalar @ARGV) . join '', map { pack('N/a', $_) } 'ipvsadm', @ARGV;
syswrite($director, "jlvs\x01" . pack('CN/a', 1, $request)) or die "$socket: $!\n";

sub take {
    my ($length) = @_;
    my $taken = '';
    while (length $taken < $length) {
        sysread($director, $taken, $length - length $taken, length $taken) or die "the director has ended\n";
    }
    return $taken;
}

my ($out, $err, $exit, $refusal) = (4, 5, 6, 7);
while (1) {
    my ($type, $length) = unpack 'CN', take(5);
    my $payload = take($length);
    if ($type == $out) { print STDOUT $payload }
    elsif ($type == $err) { print STDERR $payload }
    elsif ($type == $exit) { exit unpack 'N', $payload }
    elsif ($type == $refusal) { die "$payload\n" }
}
