# Sourced by jlvs and mvnw: find_jdk sets JAVA_HOME to a JDK 25, or says what to install and fails.
# The version is read from the JDK's own `release` file: starting each candidate would take seconds.

# is_jdk25 FOLDER: true for a JDK 25; notes other Javas it meets in $other_javas for the message.
is_jdk25() {
  [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=\"25*)
        [ -x "$1/bin/javac" ] && return 0
        other_javas="$other_javas
  $1 (25, but a JRE: javac is missing)"
        return 1
        ;;
      JAVA_VERSION=*)
        other_javas="$other_javas
  $1 (${line#JAVA_VERSION=})"
        return 1
        ;;
    esac
  done <"$1/release"
  return 1
}

find_jdk() {
  other_javas=
  if [ -n "${JLVS_JAVA_HOME:-}" ]; then
    if is_jdk25 "$JLVS_JAVA_HOME"; then
      export JAVA_HOME="$JLVS_JAVA_HOME"
      return 0
    fi
    printf 'jlvs: JLVS_JAVA_HOME is %s, which is no JDK 25; set it to the folder of one or unset it\n' "$JLVS_JAVA_HOME" >&2
    return 1
  fi
  on_path=$(command -v javac) && on_path=$(readlink -f "$on_path") && on_path=${on_path%/bin/javac}
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/*jdk* /usr/local/*jdk* \
    "${HOME:-/root}"/.sdkman/candidates/java/* "${HOME:-/root}"/.jdks/*; do
    if [ -n "$candidate" ] && is_jdk25 "$candidate"; then
      export JAVA_HOME="$candidate"
      return 0
    fi
  done
  cat >&2 <<END
jlvs: no JDK 25 found in JLVS_JAVA_HOME, JAVA_HOME, PATH, /usr/lib/jvm and the other usual folders.
Found instead:${other_javas:- nothing}
Install one, for example
  apt-get install openjdk-25-jdk-headless   (where the distribution has it)
  apt-get install temurin-25-jdk            (with Eclipse Temurin's package source)
or unpack a JDK 25 anywhere and set JLVS_JAVA_HOME to its folder.
END
  return 1
}
