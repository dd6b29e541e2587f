# Proves that each owner can write and read its own database, and no other. Leaves nothing behind.
set -eu
scripts=$(dirname "$0")
. "$scripts/functions.sh"
table=helm_test_$(hostname | tr -dc 'a-z0-9')

wait_for 60 pg_isready || fail "PostgreSQL was not ready for a minute: $answer"

run() { psql -v ON_ERROR_STOP=1 -qAt -c "$1"; }

while read -r PGDATABASE PGUSER <&3; do
  PGPASSWORD=$(cat "/secrets/databases/$PGDATABASE/password")
  export PGDATABASE PGUSER PGPASSWORD

  trap 'run "DROP TABLE IF EXISTS $table"' EXIT
  run "CREATE TABLE $table AS SELECT generate_series(1, 10) AS n"
  found=$(run "SELECT sum(n) FROM $table")
  [ "$found" = 55 ] || fail "$PGUSER wrote 1 to 10 into $PGDATABASE and read a sum of $found"
  run "DROP TABLE $table"
  trap - EXIT

  while read -r other _ <&4; do
    [ "$other" != "$PGDATABASE" ] || continue
    if PGDATABASE=$other run "SELECT" >/dev/null 2>&1; then
      fail "$PGUSER may connect to $other, which is not its own"
    fi
  done 4<"$scripts/databases"
  echo "database $PGDATABASE: $PGUSER writes and reads, and sees no other"
done 3<"$scripts/databases"
