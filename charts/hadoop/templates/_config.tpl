{{/* A file of Hadoop's settings. Takes a dict of them. */}}
{{- define "hadoop.xml" -}}
<configuration>
{{- range $name, $value := . }}
  <property><name>{{ $name }}</name><value>{{ $value | toJson | trimAll "\"" | replace "&" "&amp;" | replace "<" "&lt;" }}</value></property>
{{- end }}
</configuration>
{{- end -}}

{{- define "hadoop.coreSite" -}}
fs.defaultFS: {{ include "hadoop.defaultFs" . }}
{{- end -}}

{{- define "hadoop.hdfsSite" -}}
dfs.replication: {{ .Values.hdfs.replication }}
dfs.namenode.name.dir: file:///data/nn
dfs.datanode.data.dir: file:///data/dn
# Listen on all addresses: a pod's own name may not resolve yet when it starts.
dfs.namenode.rpc-bind-host: 0.0.0.0
dfs.namenode.http-address: 0.0.0.0:9870
# Pods come back with other addresses: all go by names. The address that a DataNode registers
# from has none that could be looked up.
dfs.namenode.datanode.registration.ip-hostname-check: "false"
dfs.client.use.datanode.hostname: "true"
dfs.datanode.use.datanode.hostname: "true"
{{- end -}}

{{- define "hadoop.yarnSite" -}}
{{- $containers := .Values.yarn.nodemanager.containers -}}
yarn.resourcemanager.hostname: {{ include "hadoop.host" (dict "root" . "component" "resourcemanager") }}
yarn.resourcemanager.bind-host: 0.0.0.0
yarn.nodemanager.bind-host: 0.0.0.0
yarn.nodemanager.resource.memory-mb: {{ $containers.memoryMiB }}
yarn.nodemanager.resource.cpu-vcores: {{ $containers.cores }}
yarn.scheduler.minimum-allocation-mb: 256
yarn.scheduler.maximum-allocation-mb: {{ $containers.memoryMiB }}
yarn.scheduler.maximum-allocation-vcores: {{ $containers.cores }}
yarn.nodemanager.local-dirs: /tmp/yarn/local
yarn.nodemanager.log-dirs: /tmp/yarn/logs
# A JVM reserves far more virtual memory than it uses.
yarn.nodemanager.vmem-check-enabled: "false"
# The disk is the Kubernetes node's; how full others make it is no matter of YARN's.
yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage: 99
yarn.nodemanager.aux-services: ""
{{- end -}}

{{/* One queue; half of the memory may go to application masters, which in cluster mode are drivers. */}}
{{- define "hadoop.capacityScheduler" -}}
yarn.scheduler.capacity.root.queues: default
yarn.scheduler.capacity.root.default.capacity: 100
yarn.scheduler.capacity.maximum-am-resource-percent: 0.5
{{- end -}}

{{/* The files in HADOOP_CONF_DIR, as data of a ConfigMap. What users set goes before the chart's own. */}}
{{- define "hadoop.config" -}}
core-site.xml: |
  {{- include "hadoop.xml" (fromYaml (include "hadoop.coreSite" .)) | nindent 2 }}
hdfs-site.xml: |
  {{- include "hadoop.xml" (merge (deepCopy .Values.hdfs.config) (fromYaml (include "hadoop.hdfsSite" .))) | nindent 2 }}
{{- if .Values.yarn.enabled }}
yarn-site.xml: |
  {{- include "hadoop.xml" (merge (deepCopy .Values.yarn.config) (fromYaml (include "hadoop.yarnSite" .))) | nindent 2 }}
capacity-scheduler.xml: |
  {{- include "hadoop.xml" (fromYaml (include "hadoop.capacityScheduler" .)) | nindent 2 }}
{{- end }}
{{- end -}}
