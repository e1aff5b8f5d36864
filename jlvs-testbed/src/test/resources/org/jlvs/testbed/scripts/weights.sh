#!/bin/bash
# Moves load from blue to green in steps, changes the scheduler, and counts what it has done.
set -u
S="10.0.0.100:443"
BLUE=10.1.0.1 GREEN=10.1.0.2
ipvsadm -A -t $S -s rr 2>/dev/null || ipvsadm -E -t $S -s rr
ipvsadm -A -t $S -s rr || echo "again: exit code $?"
ipvsadm -a -t $S -r $BLUE -g -w 100
ipvsadm -a -t $S -r $GREEN -g -w 0
ipvsadm -E -t $S -s wrr
for step in 0 10 25 50 75 100; do
  ipvsadm -e -t $S -r $GREEN:443 -g -w $step
  ipvsadm -e -t $S -r $BLUE:443 -g -w $((100 - step))
  total=0
  while read -r arrow server forward weight rest; do
    [ "$arrow" = "->" ] || continue
    case $weight in *[!0-9]*) continue ;; esac
    total=$((total + weight))
    printf '%s=%s(%s) ' "$server" "$weight" "$forward"
  done < <(ipvsadm -Ln -t $S)
  echo "total $total"
done
for bad in -1 abc '' 99999999999; do
  ipvsadm -e -t $S -r $GREEN -g -w "$bad"
  echo "weight '$bad': exit code $?"
done
# Without -m the method of an edited server falls back to -g: the mistake that everybody makes once.
ipvsadm -a -t $S -r 10.1.0.3:8443 -m
ipvsadm -e -t $S -r 10.1.0.3:8443 -w 5
echo "exit code $?"
ipvsadm -e -t $S -r 10.1.0.3:8443 -m -w 5
ipvsadm --list --numeric --tcp-service $S
