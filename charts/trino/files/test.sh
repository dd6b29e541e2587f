# Proves that the publisher makes a schema and a table on the store, that everyone reads it, and
# that nobody else makes or writes anything. Leaves nothing behind.
set -eu
fail() { echo "$1" >&2; exit 1; }

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

# The network lets a new pod through a moment after its start.
tries=0
until answer=$(sql "$PUBLISHER" "SELECT 1" 2>&1); do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || fail "$answer"
  sleep 2
done

schema=lake.helm_test
forget() { sql "$PUBLISHER" "DROP TABLE IF EXISTS $schema.numbers; DROP SCHEMA IF EXISTS $schema"; }

# The network lets a new pod through a moment after its start.
tries=0
until sql reader "SELECT 1" >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 10 ] || fail "Trino at $TRINO_URL does not answer"
  sleep 2
done

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
