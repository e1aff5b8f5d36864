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

# unpack_packages FOLDER NAME… unpacks Debian packages into a folder and installs only the libraries they need: for
# servers whose own installation wants a mail server, a cron job or a name of the machine's that resolves.
unpack_packages() {
  unpacked=$1
  shift
  [ "$(cat "$unpacked/.packages" 2>/dev/null)" != "$*" ] || return 0
  if [ -n "${JLVS_NO_APT:-}" ] || ! command -v apt-get >/dev/null; then
    echo "jlvs: not unpacked: $* (JLVS_NO_APT is set, or there is no apt-get)" >&2
    return 1
  fi
  echo "Unpacking packages of Debian: $*" >&2
  rm -rf "$unpacked"
  mkdir -p "$unpacked/archives"
  if ! (
    cd "$unpacked/archives"
    apt-get -q download "$@" || { apt-get -q update && apt-get -q download "$@"; }
  ) >"$unpacked/.log" 2>&1; then
    echo "jlvs: apt-get could not download $*:" >&2
    tail -n 5 "$unpacked/.log" >&2
    return 1
  fi
  # shellcheck disable=SC2046  # package names have no spaces
  install_packages $(apt-cache depends "$@" | sed -n 's/^ *Depends: \(lib[a-z0-9.+-]*\)$/\1/p' | grep -v -e '-perl$' | sort -u) || return 1
  for archive in "$unpacked"/archives/*.deb; do
    dpkg-deb -x "$archive" "$unpacked" || return 1
  done
  echo "$*" >"$unpacked/.packages"
}

# install_programs PROGRAM:PACKAGE… does the same for programs that PATH does not have. What cannot be installed is left
# to the caller to do without, or to name.
install_programs() {
  for pair in "$@"; do
    command -v "${pair%:*}" >/dev/null || install_packages "${pair#*:}" || :
  done
}
