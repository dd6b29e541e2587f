{{/* Name of the Service that gives each node a name of its own. */}}
{{- define "kafka.nodes" -}}
{{- include "common.fullname" . }}-nodes
{{- end -}}

{{/* The cluster's id, the same at each rendering: 22 characters of base64. */}}
{{- define "kafka.clusterId" -}}
{{- printf "%s/%s" .Release.Namespace (include "common.fullname" .) | sha256sum | trunc 16 | b64enc | trimSuffix "==" -}}
{{- end -}}

{{/* Refuse what the schema cannot see: rules across several values, and changes of a running cluster. */}}
{{- define "kafka.validate" -}}
{{- $name := include "common.fullname" . -}}
{{- $replicas := int .Values.replicas -}}
{{- $running := (lookup "apps/v1" "StatefulSet" .Release.Namespace $name).spec -}}
{{- if and $running (ne (int $running.replicas) $replicas) -}}
{{- fail (printf "replicas: %s runs with %d nodes, whose votes name one another; it cannot go on with %d. Install a second release and move the topics." $name (int $running.replicas) $replicas) -}}
{{- end -}}
{{- if and .Values.persistence.existingClaim (gt $replicas 1) -}}
{{- fail (printf "persistence.existingClaim: one claim cannot serve %d nodes. Leave it empty, or set replicas to 1." $replicas) -}}
{{- end -}}
{{- $own := fromYaml (include "kafka.ownConfig" .) -}}
{{- range $key, $_ := .Values.config -}}
{{- if or (hasKey $own $key) (has $key (list "node.id" "advertised.listeners" "controller.quorum.bootstrap.servers")) -}}
{{- fail (printf "config: %q is set by the chart. Take it out." $key) -}}
{{- end -}}
{{- end -}}
{{- $seen := list -}}
{{- range .Values.topics -}}
{{- if has .name $seen -}}
{{- fail (printf "topics: %q is listed twice. Take one out." .name) -}}
{{- end -}}
{{- $seen = append $seen .name -}}
{{- end -}}
{{- end -}}

{{/* Settings that the chart itself gives each node. */}}
{{- define "kafka.ownConfig" -}}
{{- $replicas := int .Values.replicas -}}
{{- $copies := min $replicas 3 -}}
{{- $minimum := max 1 (sub $copies 1) -}}
{{- $voters := list -}}
{{- range $id := until $replicas -}}
{{- $voters = append $voters (printf "%d@%s-%d.%s:9093" $id (include "common.fullname" $) $id (include "kafka.nodes" $)) -}}
{{- end -}}
process.roles: broker,controller
controller.quorum.voters: {{ join "," $voters }}
controller.listener.names: CONTROLLER
inter.broker.listener.name: PLAINTEXT
listeners: PLAINTEXT://:9092,CONTROLLER://:9093
listener.security.protocol.map: CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
# A folder of its own: the volume's may hold lost+found, which Kafka takes for a topic.
log.dirs: /var/lib/kafka/data/log
auto.create.topics.enable: "false"
default.replication.factor: {{ $copies }}
min.insync.replicas: {{ $minimum }}
offsets.topic.replication.factor: {{ $copies }}
transaction.state.log.replication.factor: {{ $copies }}
transaction.state.log.min.isr: {{ $minimum }}
share.coordinator.state.topic.replication.factor: {{ $copies }}
share.coordinator.state.topic.min.isr: {{ $minimum }}
{{- end -}}

{{/* The files that a node starts with, as data of a ConfigMap. */}}
{{- define "kafka.config" -}}
server.properties: |
  {{- range $key, $value := fromYaml (include "kafka.ownConfig" .) }}
  {{ $key }}={{ $value }}
  {{- end }}
  {{- range $key, $value := .Values.config }}
  {{ $key }}={{ $value | toJson | trimAll "\"" }}
  {{- end }}
log4j2.yaml: |
  {{- .Files.Get "files/log4j2.yaml" | nindent 2 }}
start.sh: |
  {{- .Files.Get "files/start.sh" | nindent 2 }}
{{- end -}}

{{/* A pod that runs one of files/*.sh with Kafka's tools. Takes root, script. */}}
{{- define "kafka.scriptPod" -}}
restartPolicy: Never
{{ include "common.podSpec" (dict "root" .root "uid" 1000) }}
containers:
  - name: tools
    {{- include "common.containerImage" . | nindent 4 }}
    command: [/bin/sh, /scripts/{{ .script }}]
    env:
      - {name: BOOTSTRAP, value: "{{ include "common.fullname" .root }}:9092"}
      - {name: KAFKA_HEAP_OPTS, value: -Xmx128m}
      # Tools write their own log; only errors are of interest.
      - {name: KAFKA_LOG4J_OPTS, value: -Dlog4j2.configurationFile=/scripts/log4j2-tools.yaml}
      - {name: LOG_DIR, value: /tmp}
    securityContext: {{ include "common.containerSecurityContext" .root | nindent 6 }}
    resources: {{ toYaml .root.Values.jobResources | nindent 6 }}
    volumeMounts:
      - {name: scripts, mountPath: /scripts, readOnly: true}
      - {name: tmp, mountPath: /tmp}
volumes:
  - name: scripts
    configMap:
      name: {{ include "common.fullname" .root }}-setup
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
{{- end -}}
