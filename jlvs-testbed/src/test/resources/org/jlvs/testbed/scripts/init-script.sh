#!/bin/sh
# Debian's /etc/init.d/ipvsadm, as the package has it, with every word it knows.
script=/etc/init.d/ipvsadm
[ -x $script ] || { echo "$script is not installed"; exit 77; }
export TERM=dumb
printf 'AUTO="true"\nDAEMON="none"\n' >default
printf '# ipvsadm.rules\n-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.1.0.1:80 -g -w 2\n' >rules
mount --bind default /etc/default/ipvsadm
mount --bind rules /etc/ipvsadm.rules
say() {
  $script "$@"
  echo "$* : exit code $?"
  ipvsadm -Ln
  ipvsadm -L --daemon
}
say start
ipvsadm -A -u 10.0.0.100:53 -s rr
say save
cat rules
ipvsadm -C
say load
say stop
say status
say rate
printf 'AUTO="true"\nDAEMON="both"\nIFACE="eth1"\nSYNCID="7"\n' >default
say start
say start
say restart
say reload
say force-reload
printf 'AUTO="false"\nDAEMON="master"\nIFACE="nosuch"\n' >default
say stop
say start
say bogus
say
