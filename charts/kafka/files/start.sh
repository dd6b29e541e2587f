# Starts a node: its number is the last part of the pod's name.
set -eu
pod=$(hostname)
config=/tmp/server.properties
cat /config/server.properties - >"$config" <<END
node.id=${pod##*-}
advertised.listeners=PLAINTEXT://$pod.$NODES:9092
END

# Only an empty volume is formatted.
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$config"

# Without kafka-server-start.sh, which would write a log of the garbage collector.
exec /opt/kafka/bin/kafka-run-class.sh kafka.Kafka "$config"
