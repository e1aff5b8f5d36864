#!/bin/sh
# What plugins of munin, zabbix and nagios do with listings.
ipvsadm -R <<R
-A -t 10.0.0.100:80 -s wlc
-a -t 10.0.0.100:80 -r 10.1.0.1:80 -m -w 1 -x 1000 -y 800
-a -t 10.0.0.100:80 -r 10.1.0.2:80 -m -w 0
-A -t 10.0.0.100:443 -s wlc -p 600
-A -u vip2:domain -s rr
-a -u vip2:domain -r rs1:5353 -m
-A -f 3 -s sh
-a -f 3 -r 10.1.0.2:0 -i -w 5 --tun-type gue --tun-port 6080 --tun-csum
R
echo "config:"
ipvsadm -Ln --stats --exact | awk '/^(TCP|UDP|FWM)/ { gsub(/[:.]/, "_", $2); print "conns_" $1 "_" $2 ".label " $2 ".type DERIVE" }'
echo "values:"
ipvsadm -L -n --stats --exact | awk 'NR > 3 && $1 != "->" { n += $3; i += $4; o += $5; ib += $6; ob += $7 } END { print n + 0, i + 0, o + 0, ib + 0, ob + 0 }'
ipvsadm -Ln --rate --exact | awk '$1 == "->" && NF == 7 { print $2, $3, $6 }'
ipvsadm -L --timeout | sed 's/.*: //' | { read -r tcp fin udp; echo "tcp=$tcp fin=$fin udp=$udp"; }
ipvsadm -Lnc | tail -n +3 | wc -l
ipvsadm -Ln --thresholds | awk '$1 == "->" && $3 > 0 { print $2 " " $3 "/" $4 }'
ipvsadm -Ln --persistent-conn
ipvsadm -Ln --tun-info
echo "check_lvs:"
ipvsadm -Ln | awk '
  /^(TCP|UDP|FWM)/ { if (s != "") report(); s = $1 " " $2; up = all = 0 }
  /^  ->/ && !/RemoteAddress/ { all++; if ($4 > 0) up++ }
  function report() { print (all == 0 ? "UNKNOWN" : up == 0 ? "CRITICAL" : up < all ? "WARNING" : "OK") " - " s " " up "/" all }
  END { report() }'
for s in 10.0.0.100:80 10.0.0.100:81; do
  if ipvsadm -Ln -t $s >/dev/null 2>err; then echo "$s is there"; else echo "$s: $? $(cat err)"; fi
done
ipvsadm -L
ipvsadm | head -n 4
ipvsadm --version
ipvsadm -Z && ipvsadm -Zt 10.0.0.100:80 && echo "counters zeroed"
for w in "-L -t 10.0.0.100:80 --stats" "-ln --exact --rate -u 10.0.0.101:53" "-Ln -f 3" "-Ln -f 4" "--list --numeric --fwmark-service=3 --thresholds"; do
  ipvsadm $w || echo "exit code $?"
done
