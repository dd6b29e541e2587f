# Proves that the declared topics are there, and that what is produced is consumed. Leaves nothing.
set -eu
scripts=$(dirname "$0")
. "$scripts/functions.sh"
topic=helm-test-$(hostname)

tool() { # tool NAME ARGUMENTS…
  name=$1
  shift
  "/opt/kafka/bin/kafka-$name.sh" --bootstrap-server "$BOOTSTRAP" "$@"
}

there=$(tool topics --list)
while read -r declared _ <&3; do
  echo "$there" | grep -qxF "$declared" || fail "the topic $declared is not there"
done 3<"$scripts/topics"

tool topics --create --topic "$topic" --partitions 1
trap 'tool topics --delete --topic "$topic"' EXIT

seq 1 100 | tool console-producer --topic "$topic"
found=$(tool console-consumer --topic "$topic" --partition 0 --offset earliest \
  --max-messages 100 --timeout-ms 60000)
[ "$found" = "$(seq 1 100)" ] || fail "100 messages were produced, and these consumed: $found"
echo "100 messages were produced and consumed in order"
