# Sourced with $root set: what the launcher, the build and the installation agree on.
# The file $launch sets jlvs_java_home, jlvs_lib (folder of the jars), jlvs_cli_path (class path of ipvsadm), jlvs_version.
# In the sources its time stamp is the start of the build it names, so that sources saved during a build count as newer.

# C1 alone, the serial collector and no shared counters: what a command of a few hundredths of a second gains from.
# The start-up cache holds only for a JVM with the same ones.
cli_flags='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData'

# A monitor that runs for years beside what else a host does: without limits the heap follows the machine's memory, and with
# 10,000 checks a second takes gigabytes before it is cleaned up.
monitor_flags='-XX:+UseSerialGC -Xmx640m'

launch=$root/.build/launch
[ -f "$root/pom.xml" ] || launch=$root/launch

build_is_current() {
  [ -f "$launch" ] || return 1
  . "$launch"
  [ -d "$jlvs_lib" ] && [ -x "$jlvs_java_home/bin/java" ] &&
    [ "${JLVS_JAVA_HOME:-$jlvs_java_home}" = "$jlvs_java_home" ] || return 1
  [ "$launch" = "$root/launch" ] ||
    [ -z "$(find "$root/pom.xml" "$root"/jlvs-*/pom.xml "$root"/jlvs-*/src/main -newer "$launch" -print -quit 2>/dev/null)" ]
}

build() {
  if [ -f "$root/pom.xml" ]; then
    "$root/tools/build"
  else
    echo "jlvs: what was installed in $root does not fit this machine any more: its Java is gone or another is wanted by" >&2
    echo "JLVS_JAVA_HOME. Run ./jlvs install again from the folder of the sources." >&2
    return 1
  fi
}

# write_launch FILE JAVA_HOME LIB VERSION
write_launch() {
  cat >"$1" <<END
jlvs_java_home='$2'
jlvs_lib='$3'
jlvs_cli_path='$(cli_path "$3" "$4")'
jlvs_version='$4'
END
}

# cli_path LIB VERSION: the class path of ipvsadm.
cli_path() {
  printf '%s' "$1/jlvs-cli-$2.jar:$1/jlvs-ipvsadm-$2.jar:$1/jlvs-core-$2.jar"
}

# start_up_cache JAVA_HOME LIB VERSION TESTBED_PATH: makes the cache that lets ipvsadm start fast, where LIB lies now.
start_up_cache() {
  "$1/bin/java" -cp "$4" org.jlvs.testbed.startup.Rehearsal \
    "$1/bin/java" -XX:AOTCacheOutput="$2/cli.aot" $cli_flags -cp "$(cli_path "$2" "$3")" org.jlvs.cli.Main ipvsadm -Ln \
    </dev/null
}
