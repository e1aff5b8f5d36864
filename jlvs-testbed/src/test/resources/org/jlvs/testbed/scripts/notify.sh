#!/bin/sh
# A notify script of keepalived: TYPE NAME STATE PRIORITY; called for each change, also twice for the same.
VIP=10.0.0.100
STATE=state
notify() {
  echo "$2 is $3"
  case $3 in
    MASTER)
      ipvsadm --stop-daemon backup 2>/dev/null
      ipvsadm --start-daemon master --mcast-interface eth0 --syncid 51
      ipvsadm --set 3600 120 300
      ipvsadm-restore <rules
      ;;
    BACKUP)
      ipvsadm --stop-daemon master 2>/dev/null
      ipvsadm --start-daemon backup --mcast-interface=eth0 --syncid=51 || echo "backup: exit code $?"
      ;;
    FAULT | STOP)
      ipvsadm -S -n >rules.last
      ipvsadm --clear
      ipvsadm --stop-daemon master || ipvsadm --stop-daemon backup || echo "no daemon: exit code $?"
      ;;
    *)
      echo "unknown state $3"
      return 1
      ;;
  esac
  echo "$3" >$STATE
  ipvsadm -L --daemon
  ipvsadm -L --timeout
  ipvsadm -Ln | tail -n +4
}
cat >rules <<R
-A -t $VIP:80 -s wlc -p 50
-a -t $VIP:80 -r 10.1.0.1:80 -m -w 1
-a -t $VIP:80 -r 10.1.0.2:80 -m -w 2
-A -t $VIP:443 -s wlc
-a -t $VIP:443 -r 10.1.0.1:443 -m -w 1
R
notify INSTANCE VI_1 BACKUP 100
notify INSTANCE VI_1 MASTER 150
notify INSTANCE VI_1 MASTER 150
notify INSTANCE VI_1 BACKUP 100
notify INSTANCE VI_1 BACKUP 100
notify INSTANCE VI_1 FAULT 0
notify INSTANCE VI_1 FAULT 0
notify INSTANCE VI_1 WEDGED 0 || echo "exit code $?"
notify INSTANCE VI_1 MASTER 150
cat $STATE
cmp rules rules.last || true
