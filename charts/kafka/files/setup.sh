# Makes the topics that the chart declares. Safe to run again.
set -eu
scripts=$(dirname "$0")
. "$scripts/functions.sh"
client=/tmp/client.properties
printf 'request.timeout.ms=10000\ndefault.api.timeout.ms=20000\n' >"$client"

tool() { # tool NAME ARGUMENTS…
  name=$1
  shift
  "/opt/kafka/bin/kafka-$name.sh" --bootstrap-server "$BOOTSTRAP" --command-config "$client" "$@"
}

# Warnings of the JVM would stand between the topics.
describe() { tool topics --describe 2>/tmp/error; }

wait_for 180 describe || fail "Kafka at $BOOTSTRAP did not answer: $(cat /tmp/error)"
there=$answer

# One line for each topic: name, partitions, settings as a=b,c=d or nothing.
while read -r topic partitions settings <&3; do
  # A topic's line is "Topic: NAME TopicId: ID PartitionCount: NUMBER …"; its partitions' follow.
  has=$(echo "$there" | awk -v topic="$topic" '$2 == topic && $5 == "PartitionCount:" { print $6 }')
  if [ -z "$has" ]; then
    tool topics --create --if-not-exists --topic "$topic" --partitions "$partitions"
  elif [ "$has" -lt "$partitions" ]; then
    tool topics --alter --topic "$topic" --partitions "$partitions"
  elif [ "$has" -gt "$partitions" ]; then
    echo "topic $topic has $has partitions, and Kafka takes none away: it keeps them"
  fi
  if [ -n "$settings" ]; then
    tool configs --alter --entity-type topics --entity-name "$topic" --add-config "$settings"
  fi
  echo "topic $topic"
done 3<"$scripts/topics"
