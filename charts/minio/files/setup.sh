# Makes the buckets, users and policies that the chart declares. Safe to run again.
# Keys go to mc through its standard input, so that no process list shows them.
set -eu
scripts=$(dirname "$0")

keys() { printf '%s\n%s\n' "$(cat "$1/$2")" "$(cat "$1/$3")"; }

tries=0
until answer=$(keys /secrets/root root-user root-password | mc alias set minio "$MINIO_URL" 2>&1); do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "MinIO at $MINIO_URL refused the administrator for two minutes: $answer" >&2
    exit 1
  fi
  sleep 2
done

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
