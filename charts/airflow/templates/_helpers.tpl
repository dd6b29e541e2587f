{{/* Name of the Secret with the administrator's password. */}}
{{- define "airflow.adminSecret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-admin" (include "common.fullname" .)) -}}
{{- end -}}

{{/* Name of the Secret with Airflow's own keys. */}}
{{- define "airflow.keysSecret" -}}
{{- .Values.keys.existingSecret | default (printf "%s-keys" (include "common.fullname" .)) -}}
{{- end -}}

{{/* The environment of all pods: the same in each, or they disagree. */}}
{{- define "airflow.env" -}}
# The root file system is read-only, and Airflow writes its configuration at the first start.
- {name: AIRFLOW_CONFIG, value: /tmp/airflow.cfg}
{{- /* When a pod is stopped, the image's init tells the service alone and not its children too: to
a task that would look as if somebody had marked it failed, and it would end its application. */}}
- {name: DUMB_INIT_SETSID, value: "0"}
- {name: AIRFLOW__CORE__EXECUTOR, value: LocalExecutor}
- {name: AIRFLOW__CORE__PARALLELISM, value: "{{ .Values.parallelism }}"}
- {name: AIRFLOW__CORE__LOAD_EXAMPLES, value: "false"}
- name: AIRFLOW__CORE__AUTH_MANAGER
  value: airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager
- name: AIRFLOW__CORE__EXECUTION_API_SERVER_URL
  value: http://{{ include "common.fullname" . }}-api:8080/execution/
- {name: AIRFLOW__API__WORKERS, value: "{{ .Values.apiServer.workers }}"}
{{- /* DAGs change with the image alone. By default they are read anew every 30 s, which takes a
fifth of a core; ten minutes without being read would count as gone. */}}
- {name: AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL, value: "300"}
- {name: AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK, value: "true"}
{{- /* Tasks of a scheduler that is gone are found by the next one at its start, or at the next of
these looks; by default there are five minutes between them. */}}
- {name: AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL, value: "60"}
{{- /* A task that cannot tell the api-server that it lives is ended, and its application with it:
after three tries by default, which a restart of the api-server on a busy node outlasts. */}}
- {name: AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS, value: "20"}
- {name: AIRFLOW__USAGE_DATA_COLLECTION__ENABLED, value: "false"}
- name: AIRFLOW__DATABASE__SQL_ALCHEMY_CONN
  valueFrom:
    secretKeyRef: {name: {{ .Values.database.existingSecret }}, key: uri}
- name: AIRFLOW__CORE__FERNET_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "airflow.keysSecret" . }}, key: fernet-key}
- name: AIRFLOW__API_AUTH__JWT_SECRET
  valueFrom:
    secretKeyRef: {name: {{ include "airflow.keysSecret" . }}, key: jwt-secret}
- name: AIRFLOW__API__SECRET_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "airflow.keysSecret" . }}, key: api-secret-key}
- name: MEDLEY_ALERT_WEBHOOK
  valueFrom:
    secretKeyRef: {name: {{ .Values.alerts.existingSecret }}, key: url, optional: true}
- name: MEDLEY_NAMESPACE
  valueFrom:
    fieldRef: {fieldPath: metadata.namespace}
- {name: MEDLEY_APPLICATION, value: {{ .Values.spark.application | quote }}}
- {name: MEDLEY_YARN_URL, value: {{ .Values.hadoop.yarn | quote }}}
- {name: MEDLEY_LAKE, value: {{ .Values.publish.lake | quote }}}
- {name: MEDLEY_TRINO_URL, value: {{ .Values.publish.trino | quote }}}
- {name: AIRFLOW__API__BASE_URL, value: {{ .Values.url | quote }}}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A container that runs `airflow …`. Takes root, name, args, resources. */}}
{{- define "airflow.container" -}}
name: {{ .name }}
{{ include "common.containerImage" (dict "root" .root) }}
args: {{ toJson .args }}
env: {{ include "airflow.env" .root | nindent 2 }}
securityContext: {{ include "common.containerSecurityContext" .root | nindent 2 }}
resources: {{ toYaml .resources | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: logs, mountPath: /opt/airflow/logs}
{{- end -}}

{{/* Waits until the migration job has brought the database to this version. Takes root, resources. */}}
{{- define "airflow.waitForDatabase" -}}
{{- $args := list "db" "check-migrations" "--migration-wait-timeout=900" -}}
{{ include "airflow.container" (dict "root" .root "name" "wait-for-database" "args" $args "resources" .resources) }}
{{- end -}}

{{/* The volumes of a pod. Takes root, shared: true where it needs the tasks' logs. */}}
{{- define "airflow.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 512Mi}
- name: logs
  {{- if .shared }}
  persistentVolumeClaim:
    claimName: {{ .root.Values.logs.existingClaim | default (printf "%s-logs" (include "common.fullname" .root)) }}
  {{- else }}
  emptyDir: {sizeLimit: 512Mi}
  {{- end }}
{{- end -}}

{{/* Labels of a pod: tasks call the database through the api-server, YARN, Trino and MLflow. */}}
{{- define "airflow.podLabels" -}}
{{ include "common.podLabels" (dict "root" .root "component" .component "clients" (list "postgresql" "airflow" "trino" "mlflow" "yarn")) }}
{{- end -}}

{{/* Whether the DAG processor has read a file in the last ten minutes, as a command. */}}
{{- define "airflow.readsDags" -}}
{{- list "sh" "-c" "find /opt/airflow/logs/dag_processor -name '*.log' -mmin -10 | grep -q ." | toJson -}}
{{- end -}}
