# Makes the databases and owners that the chart declares. Safe to run again.
set -eu
scripts=$(dirname "$0")
PGUSER=$(cat /secrets/superuser/username)
PGPASSWORD=$(cat /secrets/superuser/password)
export PGUSER PGPASSWORD PGDATABASE=postgres

tries=0
until answer=$(psql -qc "SELECT" 2>&1); do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "PostgreSQL at $PGHOST refused the superuser for two minutes: $answer" >&2
    exit 1
  fi
  sleep 2
done

while read -r database owner <&3; do
  OWNER_PASSWORD=$(cat "/secrets/databases/$database/password") \
    psql -q -v ON_ERROR_STOP=1 -v database="$database" -v owner="$owner" -f "$scripts/setup.sql"
  echo "database $database of $owner"
done 3<"$scripts/databases"
