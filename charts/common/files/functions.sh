# What the scripts of jobs and tests share: they read it by `.` from beside them.

fail() { # fail MESSAGE
  echo "$1" >&2
  exit 1
}

# Tries COMMAND every two seconds until it succeeds; after SECONDS it fails. The variable `answer`
# holds what the command said last. A server may be starting, and the network lets a new pod through
# a moment after its start.
wait_for() { # wait_for SECONDS COMMAND…
  end=$(($(date +%s) + $1))
  shift
  until answer=$("$@" 2>&1); do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 2
  done
}
