{{/* Where the database is; server, migration and test need it. */}}
{{- define "mlflow.databaseEnv" -}}
- name: MLFLOW_BACKEND_STORE_URI
  valueFrom:
    secretKeyRef: {name: {{ .Values.database.existingSecret }}, key: uri}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Where artifacts are; only the server needs it. */}}
{{- define "mlflow.storeEnv" -}}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ .Values.artifacts.existingSecret }}, key: access-key}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ .Values.artifacts.existingSecret }}, key: secret-key}
- {name: AWS_DEFAULT_REGION, value: {{ .Values.artifacts.region | quote }}}
- {name: MLFLOW_S3_ENDPOINT_URL, value: {{ .Values.artifacts.endpoint | quote }}}
{{- end -}}

{{/* The names that the server answers to, with and without a port. */}}
{{- define "mlflow.allowedHosts" -}}
{{- $name := include "common.fullname" . -}}
{{- $service := printf "%s.%s.svc" $name .Release.Namespace -}}
{{- $short := printf "%s.%s" $name .Release.Namespace -}}
{{- $hosts := list -}}
{{- range concat (list $name $short $service (printf "%s.cluster.local" $service) "localhost" "127.0.0.1") .Values.allowedHosts -}}
{{- $hosts = concat $hosts (list . (printf "%s:*" .)) -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}
