# Proves that each declared user can do what it may, and no more. Leaves nothing behind.
set -eu
scripts=$(dirname "$0")
. "$scripts/functions.sh"
object=.helm-test/$(hostname)

keys() { printf '%s\n%s\n' "$(cat "$1/$2")" "$(cat "$1/$3")"; }

as() { # as USER: mc's alias of that name acts for the user
  keys "/secrets/users/$1" access-key secret-key | mc alias set "$1" "$MINIO_URL" >/dev/null
}

sign_in() { keys /secrets/root root-user root-password | mc alias set root "$MINIO_URL"; }

wait_for 60 sign_in || fail "MinIO at $MINIO_URL refused the administrator for a minute: $answer"
while read -r bucket <&3; do
  mc stat "root/$bucket" >/dev/null
  echo "bucket $bucket is there"
done 3<"$scripts/buckets"

closed=helm-test-$(hostname | tr -dc 'a-z0-9-' | tail -c 40)
mc mb --quiet "root/$closed"
trap 'mc rb --force "root/$closed" >/dev/null' EXIT

while read -r user access bucket <&3; do
  as "$user"
  mc ls "$user/$bucket" >/dev/null
  if mc ls "$user/$closed" >/dev/null 2>&1; then
    fail "$user reads the bucket $closed, which is not its own"
  fi
  if [ "$access" = readwrite ]; then
    echo "written by $user" | mc pipe --quiet "$user/$bucket/$object"
    [ "$(mc cat "$user/$bucket/$object")" = "written by $user" ] ||
      fail "$user reads something else from $bucket/$object than it wrote"
    mc rm --quiet "$user/$bucket/$object"
  elif echo forbidden | mc pipe --quiet "$user/$bucket/$object" 2>/dev/null; then
    mc rm --quiet "root/$bucket/$object"
    fail "$user may only read, but wrote into $bucket"
  fi
  echo "user $user: $access on $bucket holds"
done 3<"$scripts/users"
