{{/* Refuse what the schema cannot see: rules across several values. */}}
{{- define "trino.validate" -}}
{{- $most := div (mul .Values.memory.heapMiB 7) 10 -}}
{{- if gt (int .Values.memory.queryMiB) (int $most) -}}
{{- fail (printf "memory.queryMiB is %d; expected at most %d, 70 %% of memory.heapMiB: Trino would not start. Lower it, or raise the heap and the memory limit." (int .Values.memory.queryMiB) (int $most)) -}}
{{- end -}}
{{- end -}}

{{/* The file system of HDFS. */}}
{{- define "trino.hdfs" -}}
{{- .Values.hdfs.uri | default (printf "hdfs://hadoop-namenode-0.hadoop-namenode.%s.svc.cluster.local:8020" .Release.Namespace) -}}
{{- end -}}

{{/* The keys that the catalogs read from the environment. */}}
{{- define "trino.env" -}}
- name: S3_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ .Values.lake.existingSecret }}, key: access-key}
- name: S3_SECRET_KEY
  valueFrom:
    secretKeyRef: {name: {{ .Values.lake.existingSecret }}, key: secret-key}
{{- if .Values.hdfs.enabled }}
- {name: HADOOP_USER_NAME, value: {{ .Values.hdfs.user }}}
{{- end }}
{{- if .Values.serving.enabled }}
{{- range list "host" "port" "database" "username" "password" }}
- name: SERVING_{{ upper . }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.serving.existingSecret }}, key: {{ . }}}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The catalogs that people read, as a pattern. */}}
{{- define "trino.catalogs" -}}
({{ ternary "lake|serving|system" "lake|system" .Values.serving.enabled }})
{{- end -}}

{{/* Who may do what. Whatever no rule allows is denied. */}}
{{- define "trino.rules" -}}
{{- $publisher := .Values.publisher -}}
{{- $calls := "register_table|unregister_table|flush_metadata_cache" -}}
{{- dict
  "catalogs" (list
    (dict "user" $publisher "catalog" "(lake|system)" "allow" "all")
    (dict "catalog" (include "trino.catalogs" .) "allow" "read-only"))
  "schemas" (list
    (dict "user" $publisher "catalog" "lake" "schema" ".*" "owner" true)
    (dict "owner" false))
  "tables" (list
    (dict "user" $publisher "catalog" "lake" "privileges" (list "SELECT" "OWNERSHIP"))
    (dict "catalog" (include "trino.catalogs" .) "privileges" (list "SELECT")))
  "procedures" (list
    (dict "user" $publisher "catalog" "lake" "schema" "system" "procedure" $calls "privileges" (list "EXECUTE")))
| toPrettyJson -}}
{{- end -}}
