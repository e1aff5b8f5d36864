# Sourced with $root set: what the launcher and the build agree on.
# .build/launch sets jlvs_java_home, jlvs_lib (folder of the jars), jlvs_cli_path (class path of ipvsadm), jlvs_version.
# Its time stamp is the start of the build it names, so that sources saved during a build count as newer.

# C1 alone, the serial collector and no shared counters: what a command of a few hundredths of a second gains from.
# The start-up cache holds only for a JVM with the same ones.
cli_flags='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData'

build_is_current() {
  [ -f "$root/.build/launch" ] || return 1
  . "$root/.build/launch"
  [ -d "$jlvs_lib" ] && [ -x "$jlvs_java_home/bin/java" ] &&
    [ "${JLVS_JAVA_HOME:-$jlvs_java_home}" = "$jlvs_java_home" ] &&
    [ -z "$(find "$root/pom.xml" "$root"/jlvs-*/pom.xml "$root"/jlvs-*/src/main -newer "$root/.build/launch" -print -quit 2>/dev/null)" ]
}
