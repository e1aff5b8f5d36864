#!/bin/bash
# As one finds it in backup jobs: what is saved, thrown away and restored has to be what there was.
set -eu
ipvsadm -A -t 10.0.0.100:80 -s wrr -p 300 -M 255.255.255.0
ipvsadm -a -t 10.0.0.100:80 -r 10.1.0.1:80 -g -w 3
ipvsadm -a -t 10.0.0.100:80 -r 10.1.0.2:80 -i -w 0
ipvsadm -A -u 10.0.0.100:53 -s sh -b sh-port -o
ipvsadm -a -u 10.0.0.100:53 -r 10.1.0.1:5353 -m
ipvsadm -A -f 7 -s mh
ipvsadm -a -f 7 -r 10.1.0.3 -g
ipvsadm -A -t '[2001:db8::100]:443' -s lc -p
ipvsadm -a -t '[2001:db8::100]:443' -r '[2001:db8:1::1]:8443' -m -x 100 -y 50

ipvsadm -S -n >rules
ipvsadm -C
ipvsadm -Ln
ipvsadm -R <rules
ipvsadm -S -n | diff rules - && echo "restored by -R"

ipvsadm-save -n >saved
diff rules saved && echo "saved alike"
ipvsadm -A -t 10.0.0.101:25
ipvsadm-restore <saved
ipvsadm --save --numeric | diff rules - && echo "restored by ipvsadm-restore"

{ echo "# a comment"; echo; cat saved; } | ipvsadm-restore
ipvsadm -Sn | wc -l
printf '%s\n' "-A -t 10.0.0.102:80" "# a comment" "-A -t 10.0.0.103:80" | ipvsadm -R || echo "exit code $?"
ipvsadm -Sn | grep -c 10.0.0.10[23]
sed 's/10\.1\.0\.1:/10.1.0.9:/; s/-w 3/-w 30/' saved | ipvsadm-restore
ipvsadm-save -n
ipvsadm-save
ipvsadm-save --help || echo "exit code $?"
