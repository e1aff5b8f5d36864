#!/bin/bash
# A home-made health check: what answers gets its weight, what does not is quiesced, and nothing is touched without need.
VIP=10.0.0.100
PORT=80
RS=("10.1.0.1" "10.1.0.2" "10.1.0.3")
declare -a RSSTATUS RW=("2" "1" "1")
TYPE=g
SORRY=127.0.0.1
ROUND=0

# rs2 fails in rounds 2 and 3, all fail in round 4.
check() {
  [ $ROUND -eq 4 ] && return 1
  [ "$1" = 10.1.0.2 ] && { [ $ROUND -eq 2 ] || [ $ROUND -eq 3 ]; } && return 1
  return 0
}
add() {
  ipvsadm -a -t $VIP:$PORT -r $1:$PORT -$TYPE -w $2 2>/dev/null || ipvsadm -e -t $VIP:$PORT -r $1:$PORT -$TYPE -w $2
}
del() { ipvsadm -e -t $VIP:$PORT -r $1:$PORT -$TYPE -w 0; }

ipvsadm -Ln 2>/dev/null | grep -q "^TCP  $VIP:$PORT" || ipvsadm -A -t $VIP:$PORT -s wrr
for ROUND in 1 2 3 4 5; do
  alive=0
  for I in "${!RS[@]}"; do
    if check "${RS[$I]}"; then
      alive=$((alive + 1))
      [ "${RSSTATUS[$I]:-down}" = up ] || { add "${RS[$I]}" "${RW[$I]}" && RSSTATUS[$I]=up && echo "round $ROUND: ${RS[$I]} up"; }
    else
      [ "${RSSTATUS[$I]:-down}" = down ] || { del "${RS[$I]}" && RSSTATUS[$I]=down && echo "round $ROUND: ${RS[$I]} down"; }
    fi
  done
  if [ $alive -eq 0 ]; then
    ipvsadm -a -t $VIP:$PORT -r $SORRY -g && echo "round $ROUND: sorry server in"
  elif ipvsadm -Ln | grep -q "$SORRY:$PORT"; then
    ipvsadm -d -t $VIP:$PORT -r $SORRY:$PORT && echo "round $ROUND: sorry server out"
  fi
  ipvsadm -Ln -t $VIP:$PORT
done
