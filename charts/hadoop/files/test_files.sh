# Proves that a file can be written to HDFS and read back, and that permissions hold. Leaves nothing.
set -eu
. "$(dirname "$0")/functions.sh"
file=/tmp/helm-test-$(hostname)
# Without the class path's log4j.properties: it logs to the standard output, between the data.
hdfs() {
  "$HADOOP_JAVA_HOME/bin/java" -Xmx128m -cp "$HADOOP_CONF_DIR:/opt/hadoop/libs/*" \
    org.apache.hadoop.fs.FsShell "$@"
}

wait_for 60 hdfs -ls / || fail "HDFS did not answer for a minute: $answer"

seq 1 100000 >/tmp/written
trap 'hdfs -rm -f -skipTrash "$file"' EXIT
hdfs -put /tmp/written "$file"
hdfs -cat "$file" | cmp - /tmp/written || fail "what was read is not what was written"
if hdfs -touchz "/helm-test-$(hostname)" 2>/tmp/denied; then
  fail "the user $HADOOP_USER_NAME may write into /, which is not its own"
fi
grep -q "Permission denied" /tmp/denied || fail "writing into / failed otherwise: $(cat /tmp/denied)"
echo "a file was written, read and deleted by $HADOOP_USER_NAME; / was refused"
