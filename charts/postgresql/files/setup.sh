# Makes the databases and owners that the chart declares. Safe to run again.
set -eu
scripts=$(dirname "$0")
. "$scripts/functions.sh"
PGUSER=$(cat /secrets/superuser/username)
PGPASSWORD=$(cat /secrets/superuser/password)
export PGUSER PGPASSWORD PGDATABASE=postgres

wait_for 120 psql -qc "SELECT" ||
  fail "PostgreSQL at $PGHOST refused the superuser for two minutes: $answer"

while read -r database owner <&3; do
  OWNER_PASSWORD=$(cat "/secrets/databases/$database/password") \
    psql -q -v ON_ERROR_STOP=1 -v database="$database" -v owner="$owner" -f "$scripts/setup.sql"
  echo "database $database of $owner"
done 3<"$scripts/databases"
