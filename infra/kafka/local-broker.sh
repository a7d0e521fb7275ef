#!/usr/bin/env bash
# Apache Kafka on this machine without Docker: one node (KRaft), loopback only, from its Maven artifacts. For development,
# tests and CI. If it were wrong, tests would talk to another broker than they think, or a stop would end someone else's process.
# Written for bash 3.2, which is what macOS has.
usage() {
  cat <<'USAGE'
usage: local-broker.sh COMMAND

  start               starts the broker unless it runs, waits until it answers, prints its address
  stop                clean shutdown; after 30 s by force
  kill                SIGKILL, as a crash would
  wait                waits until the broker answers
  status              says whether it runs (exit 0) or not (exit 3)
  logs [-f]           prints the broker's log; -f follows it
  tool CLASS [ARG..]  runs one of Kafka's own tools, e.g. tool org.apache.kafka.tools.TopicCommand --list \
                      --bootstrap-server 127.0.0.1:9092
  check               says what is missing to start one: a JDK (17 or newer) and, the first time only, Maven

environment
  KAFKA_PORT        9092; 0 takes a free one and keeps it for this data directory
  KAFKA_DATA_DIR    data, log and pid file; default: .data beside this script
  KAFKA_HEAP        256m
  KAFKA_PARTITIONS  partitions of a topic that does not say how many: 6
  KAFKA_EXTRA       file with further broker properties, which win. {port} and {controller_port} stand for the two ports.
                    Whatever listeners it adds, 127.0.0.1:{port} has to stay PLAINTEXT: readiness is asked there.
  KAFKA_JVM_OPTS    further options, e.g. -XX:TieredStopAtLevel=1 for a faster start and a slower broker
  KAFKA_WAIT        how long start and wait wait, in seconds: 60
  XDG_CACHE_HOME    where the jars are kept for all checkouts of this user: ~/.cache
USAGE
}
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
dir=${KAFKA_DATA_DIR:-$here/.data}
if [[ -d $dir ]]; then dir=$(cd "$dir" && pwd -P); fi
limit=${KAFKA_WAIT:-60}
heap=${KAFKA_HEAP:-256m}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

version=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$here/pom.xml")
# With the checksum, so that a changed list of artifacts never meets the jars of an older one.
jars=${XDG_CACHE_HOME:-${HOME:?}/.cache}/spendledger/kafka-$version-$(cksum <"$here/pom.xml" | cut -d ' ' -f 1)

say() { echo "local-broker: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

set_paths() {
  pid_file=$dir/broker.pid
  port_file=$dir/port
  claim_file=$dir/starting
  log=$dir/broker.log
  properties=$dir/server.properties
}
set_paths

# --- the process -----------------------------------------------------------------------------------------------------------

command_of() {
  if [[ -d /proc/self ]]; then
    { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null
  else
    ps -ww -o command= -p "$1" 2>/dev/null
  fi
}

# Prints the pid of the broker of this data directory; false if none runs. A pid alone proves nothing, it may have been
# given to another process since: the command line has to name this very properties file. A dead process that its parent
# has not collected yet has no command line.
running() {
  local pid
  { read -r pid <"$pid_file"; } 2>/dev/null || return 1
  [[ $pid =~ ^[0-9]+$ && "$(command_of "$pid") " == *" kafka.Kafka $properties "* ]] && echo "$pid"
}

# A killed process gives its port back only when the last of its threads is gone, a moment after its command line.
wait_for_end() { # SECONDS
  local deadline=$((SECONDS + $1)) port
  port=$(port)
  while running >/dev/null || listening "$port"; do
    if ((SECONDS >= deadline)); then return 1; fi
    sleep 0.1
  done
}

# --- ports -----------------------------------------------------------------------------------------------------------------

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which systems take the local ports of outgoing connections (32768 on Linux, 49152 on macOS): from
# there a client could be sitting on the port of a broker that is down for a moment.
free_port() {
  local candidate
  while :; do
    candidate=$((20000 + RANDOM % 12000))
    if [[ $candidate != "${1:-}" ]] && ! listening "$candidate"; then break; fi
  done
  echo "$candidate"
}

# The port of the broker that runs or ran here last, if the environment does not ask for another one.
port() {
  local wanted=${KAFKA_PORT:-9092} kept=
  if [[ -f $port_file ]]; then kept=$(<"$port_file"); fi
  if [[ -n $kept ]] && { [[ $wanted == 0 ]] || running >/dev/null; }; then
    echo "$kept"
  elif [[ $wanted == 0 ]]; then
    free_port
  else
    echo "$wanted"
  fi
}

# --- what it needs ---------------------------------------------------------------------------------------------------------

check_java() {
  local release
  release=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || true
  [[ -n $release ]] || fail "a JDK (17 or newer) is needed: java is not on the PATH, nor in JAVA_HOME"
  ((release >= 17)) || fail "a JDK of version 17 or newer is needed; java here is version $release"
}

check_jars() {
  [[ -f $jars/complete ]] || command -v mvn >/dev/null ||
    fail "Maven is needed once, to fetch Kafka $version: mvn is not on the PATH"
}

# Moving a file within one file system replaces it at once, so of two starts at the same time each finds whole jars.
fetch_jars() {
  local fresh
  if [[ -f $jars/complete ]]; then return; fi
  check_jars
  say "fetching Kafka $version with Maven, once (about 54 MB), into $jars"
  mkdir -p "$jars"
  fresh=$(mktemp -d "$jars/.fetch.XXXXXX")
  if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fresh" \
    >"$fresh/maven.log" 2>&1; then
    tail -n 20 "$fresh/maven.log" >&2
    rm -rf -- "$fresh"
    fail "Maven could not fetch Kafka $version"
  fi
  mv -f -- "$fresh"/*.jar "$jars/"
  rm -rf -- "$fresh"
  : >"$jars/complete"
}

# A tool's JVM lives for seconds: compiling thoroughly costs it more than it gains.
run_tool() { "$java" -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jars/*" "$@"; }

# --- configuration ---------------------------------------------------------------------------------------------------------

# listener.security.protocol.map: Kafka maps the controller by itself only as long as no listener uses TLS or a login.
# One node holds everything once, so every internal topic must say so; the defaults want three copies, and a consumer group
# would wait for them for ever. They are small because a start creates each of their partitions.
# broker.session.timeout.ms: after a crash the node waits until its own registration has expired, 9 s by default.
# log.cleaner.dedupe.buffer.size: the default alone is half of the heap.
write_properties() { # PORT CONTROLLER_PORT
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2
log.dirs=$dir/data
num.partitions=${KAFKA_PARTITIONS:-6}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
PROPERTIES
  if [[ -n ${KAFKA_EXTRA:-} ]]; then sed -e "s/{port}/$1/g" -e "s/{controller_port}/$2/g" "$KAFKA_EXTRA"; fi
}

# A data directory is a cluster of its own: clients that remember positions can tell it from any other by its id.
format() {
  local id out
  if [[ -f $dir/data/meta.properties ]]; then return; fi
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'xy' | tr -d '=\n')
  out=$(run_tool kafka.tools.StorageTool format --ignore-formatted -t "$id" -c "$properties" 2>&1) ||
    fail "the data directory could not be set up: $(grep -v '^[[:space:]]*at ' <<<"$out")"
}

# --- commands --------------------------------------------------------------------------------------------------------------

# ApiVersions, version 0, without a client id: the one request that every broker answers before anything else.
answers() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf '\0\0\0\12\0\22\0\0\0\0\0\1\377\377' >&3
    read -r -t 5 -n 1 -u 3 _
  ) 2>/dev/null
}

fail_with_log() {
  if [[ -f $log ]]; then
    tail -n 20 "$log" >&2
    say "above is the end of its log, $log"
  fi
  fail "$*"
}

# The port is only asked after the log says that it is open: in the range of local ports, asking a closed one again and
# again may end up connected to itself, and would then keep the broker from it.
await() {
  local deadline=$((SECONDS + limit)) missing
  say "waiting for the broker to start and to answer, at most $limit s"
  while :; do
    if [[ ! -s $pid_file ]]; then
      missing="nobody has started it in $dir"
    elif ! running >/dev/null; then
      fail_with_log "the broker has ended"
    elif ! grep -q 'Kafka Server started' "$log" 2>/dev/null; then
      missing="its log does not say that it has started"
    elif ! answers "$(port)"; then
      missing="it does not answer on 127.0.0.1:$(port)"
    else
      break
    fi
    if ((SECONDS >= deadline)); then fail_with_log "the broker is not ready after $limit s: $missing"; fi
    sleep 0.1
  done
}

# The launched shell writes its own pid and then becomes the broker: at no time is there a broker that no file names. Monitor
# mode gives it a process group of its own, so that Ctrl-C in this terminal does not reach it; the same goes for the hang-up
# when the terminal closes.
launch() {
  set -m
  (
    trap '' HUP
    # shellcheck disable=SC2016,SC2086 # expanded by the inner shell; the options are words
    exec sh -c 'echo $$ >"$1" && shift && exec "$@"' launch "$pid_file" \
      "$java" -Xms"$heap" -Xmx"$heap" -XX:+UseSerialGC -Djava.awt.headless=true ${KAFKA_JVM_OPTS:-} \
      -Dlog4j2.configurationFile="$here/log4j2.properties" -cp "$jars/*" kafka.Kafka "$properties"
  ) </dev/null >"$log" 2>&1 &
  set +m
}

# One start at a time works on a data directory; others wait and then find its broker. A link is made and names its maker in
# one step. One whose maker has died without taking it away is void.
claim() {
  local deadline=$((SECONDS + limit)) holder
  until ln -s "$$" "$claim_file" 2>/dev/null; do
    holder=$(readlink "$claim_file") || continue
    if ! kill -0 "$holder" 2>/dev/null; then
      rm -f -- "$claim_file"
    elif ((SECONDS >= deadline)); then
      fail "another start is still at work there after $limit s (pid $holder, named by $claim_file)"
    else
      sleep 0.1
    fi
  done
  trap 'rm -f -- "$claim_file"' EXIT
}

start() {
  local pid port controller_port
  [[ -z ${KAFKA_EXTRA:-} || -r $KAFKA_EXTRA ]] || fail "KAFKA_EXTRA: $KAFKA_EXTRA cannot be read"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd -P)
  set_paths
  claim

  port=$(port)
  if pid=$(running); then
    say "already running (pid $pid)"
  else
    check_java
    fetch_jars
    if listening "$port"; then fail "port $port is taken; set KAFKA_PORT to another one, or to 0 for any that is free"; fi
    controller_port=$(free_port "$port")
    rm -f -- "$pid_file"
    echo "$port" >"$port_file"
    write_properties "$port" "$controller_port" >"$properties"
    format
    launch
  fi
  await
  echo "127.0.0.1:$port"
}

# SIGTERM is Kafka's clean shutdown: it writes out what it holds and needs no recovery at the next start.
stop() {
  local pid
  if pid=$(running); then
    kill -TERM "$pid"
    if ! wait_for_end 30; then
      say "no clean shutdown within 30 s: ending it by force"
      crash
    fi
  else
    say "not running"
  fi
  rm -f -- "$pid_file"
}

crash() {
  local pid
  pid=$(running) || fail "not running"
  kill -KILL "$pid"
  wait_for_end 30 || fail "pid $pid does not end"
  rm -f -- "$pid_file"
}

status() {
  local pid
  if pid=$(running); then
    echo "running (pid $pid) on 127.0.0.1:$(port)"
  else
    echo "not running"
    exit 3
  fi
}

logs() {
  [[ -f $log ]] || fail "no log yet: $log"
  if [[ ${1:-} == -f ]]; then exec tail -n +1 -F "$log"; fi
  cat "$log"
}

tool() {
  (($# > 0)) || fail "tool needs a class, e.g. org.apache.kafka.tools.TopicCommand"
  check_java
  fetch_jars
  run_tool "$@"
}

command=${1:-}
if (($# > 0)); then shift; fi
case $command in
  start | stop | status) "$command" ;;
  kill) crash ;;
  wait) await ;;
  logs | tool) "$command" "$@" ;;
  check)
    check_java
    check_jars
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac
