# Sourced: install_packages NAME… installs the Debian packages that are missing; their services stay stopped.
# Fails, having said why, when that is not possible. JLVS_NO_APT=1 forbids it.

install_packages() {
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
      *" installed") ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  if [ -n "${JLVS_NO_APT:-}" ]; then
    echo "jlvs: missing packages:$missing (JLVS_NO_APT is set, so they are not installed)" >&2
    return 1
  fi
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "jlvs: missing packages:$missing (only root can install them, by apt-get: apt-get install$missing)" >&2
    return 1
  fi
  echo "Installing by apt-get:$missing" >&2
  # A web server that starts by itself could take the ports of one that is in use here.
  policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then
    policy=
  else
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  apt_log=$(mktemp)
  # shellcheck disable=SC2086  # package names have no spaces
  if {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing ||
      { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing; }
  } </dev/null >"$apt_log" 2>&1; then
    apt_result=0
  else
    apt_result=1
    echo "jlvs: apt-get could not install$missing:" >&2
    tail -n 5 "$apt_log" >&2
  fi
  rm -f "$apt_log"
  [ -z "$policy" ] || rm -f "$policy"
  return $apt_result
}

# install_programs PROGRAM:PACKAGE… does the same for programs that PATH does not have. What cannot be installed is left
# to the caller to do without, or to name.
install_programs() {
  for pair in "$@"; do
    command -v "${pair%:*}" >/dev/null || install_packages "${pair#*:}" || :
  done
}
