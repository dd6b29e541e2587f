# Makes the buckets, users and policies that the chart declares. Safe to run again.
# Keys go to mc through its standard input, so that no process list shows them.
set -eu
scripts=$(dirname "$0")

. "$scripts/functions.sh"

keys() { printf '%s\n%s\n' "$(cat "$1/$2")" "$(cat "$1/$3")"; }
sign_in() { keys /secrets/root root-user root-password | mc alias set minio "$MINIO_URL"; }

wait_for 120 sign_in ||
  fail "MinIO at $MINIO_URL refused the administrator for two minutes: $answer"

while read -r bucket <&3; do
  mc mb --ignore-existing "minio/$bucket"
done 3<"$scripts/buckets"

while read -r user access _ <&3; do
  key=$(cat "/secrets/users/$user/access-key")
  keys "/secrets/users/$user" access-key secret-key | mc admin user add minio
  mc admin policy create minio "medley-$user" "$scripts/policy-$user.json"
  # Attaching what is attached is an error to mc.
  attached="\"policyName\": *\"([^\"]*,)?medley-${user}[,\"]"
  if ! mc --json admin user info minio "$key" | grep -qE "$attached"; then
    mc admin policy attach minio "medley-$user" --user "$key"
  fi
  echo "user $user: $access"
done 3<"$scripts/users"
