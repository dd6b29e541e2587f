# shellcheck shell=bash
# What is set here the others use.
# shellcheck disable=SC2034

# Sourced by the others. `make` exports the variables; the defaults are those of make/cluster.mk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

: "${KIND:=yes}" "${CLUSTER:=medley}" "${NAMESPACE:=medley}" "${VALUES:=}" "${PROFILE:=all}"
: "${CONTEXT:=kind-$CLUSTER}" "${CONFIRM:=}" "${PURGE:=no}" "${KIND_NODE_IMAGE:=}"
: "${SPARK_OPERATOR_CHART:=spark-operator}" "${SPARK_OPERATOR_VERSION:=2.5.0}"
if [ "$KIND" = yes ]; then
  : "${REGISTRY:=localhost:5001}"
else
  : "${REGISTRY:=}"
fi
OPERATOR_NAMESPACE=spark-operator
# kind's registry: a container and its volume, which nodes reach by this name.
REGISTRY_CONTAINER=$CLUSTER-registry

# The images that the cluster was given last, as `spark medley/spark:0.1.0-2c26b46b68ff`: charts
# are installed with these, whatever happens to the files meanwhile.
LOADED=.cache/images-loaded

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$(basename "$0"): $*"
  exit 1
}

kube() { kubectl --context "$CONTEXT" --namespace "$NAMESPACE" "$@"; }
helm_there() { helm --kube-context "$CONTEXT" "$@"; }

# secret NAME KEY: one value of a Secret.
secret() { kube get secret "$1" --output "jsonpath={.data.$2}" | base64 --decode; }

# keep_forwarding SERVICE PORT REMOTE_PORT: the service answers on PORT of this machine until the
# process gets SIGTERM. Forwarding ends when the service's pod does, so it is taken up again.
keep_forwarding() {
  local child=
  trap 'kill "$child" 2>/dev/null; exit' TERM
  while true; do
    kubectl --context "$CONTEXT" --namespace "$NAMESPACE" port-forward "svc/$1" "$2:$3" &
    child=$!
    wait "$child" || true
    sleep 2
  done
}

# timed LABEL COMMAND…: one line with the time it took; its output is shown only if it fails.
timed() {
  local label=$1 start=$SECONDS output status=0
  shift
  printf '%-32s ' "$label"
  output=$("$@" 2>&1) || status=$?
  if [ "$status" = 0 ]; then
    echo "$((SECONDS - start)) s"
  else
    echo "failed after $((SECONDS - start)) s"
    say "$output"
  fi
  return "$status"
}
