#!/bin/sh
# The start script that tutorials have printed for twenty years.
VIP=10.0.0.100
RIP1=10.1.0.1
RIP2=10.1.0.2
lvs() {
  case "$1" in
    start)
      /sbin/ipvsadm -C
      /sbin/ipvsadm -A -t $VIP:80 -s wrr -p 120
      /sbin/ipvsadm -a -t $VIP:80 -r $RIP1:80 -g -w 1
      /sbin/ipvsadm -a -t $VIP:80 -r $RIP2:80 -g -w 1
      touch ipvsadm.lock >/dev/null 2>&1
      ;;
    stop)
      /sbin/ipvsadm -C
      /sbin/ipvsadm -Z
      rm -f ipvsadm.lock
      ;;
    status)
      if [ ! -e ipvsadm.lock ]; then
        echo "ipvsadm stopped..."
      else
        echo "ipvsadm OK"
        /sbin/ipvsadm -ln
      fi
      ;;
    *)
      echo "Usage: lvs {start|stop|status}"
      return 1
      ;;
  esac
}
lvs status
lvs start
lvs status
lvs start
lvs status
lvs stop
lvs status
lvs || echo "exit code $?"
