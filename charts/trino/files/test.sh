# Proves that the publisher makes a schema and a table on the store, that everyone reads it, and
# that nobody else makes or writes anything. Leaves nothing behind.
set -eu
. "$(dirname "$0")/functions.sh"

sql() { # sql USER STATEMENTS
  trino --server "$TRINO_URL" --user "$1" --output-format TSV --execute "$2"
}

denied() { # denied USER STATEMENT
  if answer=$(sql "$1" "$2" 2>&1); then fail "$1 was not refused: $2"; fi
  case $answer in
    *"Access Denied"*) echo "$1 is refused: $2" ;;
    *) fail "$1 failed for another reason than being refused: $answer" ;;
  esac
}

schema=lake.helm_test
forget() { sql "$PUBLISHER" "DROP TABLE IF EXISTS $schema.numbers; DROP SCHEMA IF EXISTS $schema"; }

wait_for 60 sql reader "SELECT 1" ||
  fail "Trino at $TRINO_URL did not answer for a minute: $answer"

forget
trap forget EXIT
sql "$PUBLISHER" "CREATE SCHEMA $schema; CREATE TABLE $schema.numbers (number BIGINT)"
[ "$(sql reader "SELECT count(*) FROM $schema.numbers")" = 0 ] ||
  fail "a new table on the store does not read as empty"
echo "a table on the store is made and read"

denied "$PUBLISHER" "INSERT INTO $schema.numbers VALUES 1"
denied reader "DROP TABLE $schema.numbers"
denied reader "CREATE SCHEMA lake.helm_test_of_reader"

if [ "$SERVING" = true ]; then
  sql reader "SELECT 'serving has ' || CAST(count(*) AS VARCHAR) || ' schemas'
    FROM serving.information_schema.schemata"
  denied reader "CREATE TABLE serving.public.helm_test (number BIGINT)"
fi
