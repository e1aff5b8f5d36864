#!/bin/bash
# Takes a server out for maintenance, as in a deployment: weight 0, wait for its connections, delete; then back again.
VIP=10.0.0.100:80
server_line() { ipvsadm -Ln -t $VIP | awk -v s="$1" '$1 == "->" && $2 == s'; }
active() { server_line "$1" | awk '{ print $5 + $6 }'; }
weight() { server_line "$1" | awk '{ print $4 }'; }

ipvsadm -C
ipvsadm -A -t $VIP -s wrr
for n in 1 2 3; do ipvsadm -a -t $VIP -r 10.1.0.$n:8080 -m -w $((n * 10)); done
for server in 10.1.0.2:8080 10.1.0.4:8080; do
  old=$(weight $server)
  if [ -z "$old" ]; then
    echo "$server: not there"
    ipvsadm -e -t $VIP -r $server -m -w 0
    echo "exit code $?"
    continue
  fi
  ipvsadm -e -t $VIP -r $server -m -w 0 && echo "$server quiesced, was $old"
  tries=0
  while [ "$(active $server)" -gt 0 ] && [ $tries -lt 20 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  ipvsadm -d -t $VIP -r $server && echo "$server taken out"
  ipvsadm -Ln -t $VIP
  ipvsadm -d -t $VIP -r $server || echo "twice: exit code $?"
  ipvsadm -a -t $VIP -r $server -m -w "$old" && echo "$server is back with $(weight $server)"
done
# Which servers are quiesced? As a monitoring plugin asks.
ipvsadm -e -t $VIP -r 10.1.0.3:8080 -m --weight=0
ipvsadm -Ln | awk '/^(TCP|UDP|SCTP|FWM)/ { service = $1 " " $2 } $1 == "->" && $4 == 0 { print service, "has quiesced", $2 }'
ipvsadm -Ln | sed -n 's/^  -> \([^ ]*\) *Masq *\([0-9]*\).*/\1 weighs \2/p' | sort
