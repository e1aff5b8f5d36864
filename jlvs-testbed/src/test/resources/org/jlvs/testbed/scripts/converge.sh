#!/bin/bash
# As configuration management does it: what is missing is added, what differs is changed, what is too much is deleted; twice.
wanted() {
  cat <<W
-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.1.0.1:80 -m -w 3
-a -t 10.0.0.100:80 -r 10.1.0.2:80 -m -w 1
-A -t 10.0.0.101:25 -s lc -p 60
-a -t 10.0.0.101:25 -r 10.1.0.3:25 -g -w 1
-A -f 9 -6 -s rr
W
}
converge() {
  changed=0
  while read -r -a words; do
    grep -qxF -- "${words[*]}" <(ipvsadm -Sn) && continue
    changed=$((changed + 1))
    if ! ipvsadm "${words[@]}" 2>/dev/null; then
      case ${words[0]} in
        -A) words[0]=-E ;;
        -a) words[0]=-e ;;
      esac
      ipvsadm "${words[@]}" || echo "${words[*]}: exit code $?"
    fi
  done < <(wanted)
  while read -r -a words; do
    grep -qxF -- "${words[*]}" <(wanted) && continue
    changed=$((changed + 1))
    case ${words[0]} in
      -A) ipvsadm -D "${words[@]:1:2}" ;;
      -a) ipvsadm -d "${words[@]:1:4}" 2>/dev/null || true ;;
    esac
  done < <(ipvsadm -S -n)
  echo "changed $changed"
}
ipvsadm -A -t 10.0.0.100:80 -s rr
ipvsadm -a -t 10.0.0.100:80 -r 10.1.0.1:80 -m -w 1
ipvsadm -a -t 10.0.0.100:80 -r 10.1.0.9:80 -m -w 1
ipvsadm -A -u 10.0.0.100:53 -s rr
ipvsadm -a -u 10.0.0.100:53 -r 10.1.0.1:53 -m
converge
converge
diff <(wanted) <(ipvsadm -Sn) && echo "as wanted"
