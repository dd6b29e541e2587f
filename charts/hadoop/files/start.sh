# Starts a daemon: namenode, datanode, resourcemanager or nodemanager.
set -eu
server=org.apache.hadoop
name=$(hostname).$DOMAIN

start() { # start CLASS ARGUMENTS…: an error of memory ends a daemon, and Kubernetes starts it anew
  exec "$HADOOP_JAVA_HOME/bin/java" "-Xmx$HEAP" -XX:+ExitOnOutOfMemoryError \
    --add-opens=java.base/java.lang=ALL-UNNAMED -Dyarn.log.dir=/tmp -cp "$HADOOP_CLASSPATH" "$@"
}

case $1 in
  namenode)
    # Formatted beside its place and then moved there, so that a killed start leaves nothing half.
    if [ ! -e /data/nn ]; then
      rm -rf /data/nn.new
      (start $server.hdfs.server.namenode.NameNode -D dfs.namenode.name.dir=file:///data/nn.new \
        -format -nonInteractive)
      mv /data/nn.new /data/nn
    fi
    start $server.hdfs.server.namenode.NameNode
    ;;
  datanode)
    start $server.hdfs.server.datanode.DataNode -D "dfs.datanode.hostname=$name"
    ;;
  resourcemanager)
    start $server.yarn.server.resourcemanager.ResourceManager
    ;;
  nodemanager)
    start $server.yarn.server.nodemanager.NodeManager -D "yarn.nodemanager.hostname=$name"
    ;;
esac
