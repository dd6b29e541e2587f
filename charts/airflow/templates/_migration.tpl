{{/* What the migration job makes its pod from. */}}
{{- define "airflow.migration" -}}
metadata:
  labels: {{ include "airflow.podLabels" (dict "root" . "component" "migrate") | nindent 4 }}
spec:
  restartPolicy: Never
  {{- include "common.podSpec" (dict "root" . "uid" 50000 "gid" 0) | nindent 2 }}
  containers:
    - name: migrate
      {{- include "common.containerImage" (dict "root" .) | nindent 6 }}
      args: [bash, /scripts/migrate.sh]
      env:
        {{- include "airflow.env" . | nindent 8 }}
        - {name: ADMIN_USERNAME, value: {{ .Values.auth.username | quote }}}
        - name: ADMIN_PASSWORD
          valueFrom:
            secretKeyRef: {name: {{ include "airflow.adminSecret" . }}, key: password}
      securityContext: {{ include "common.containerSecurityContext" . | nindent 8 }}
      resources: {{ toYaml .Values.migration.resources | nindent 8 }}
      volumeMounts:
        - {name: scripts, mountPath: /scripts, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        - {name: logs, mountPath: /opt/airflow/logs}
  volumes:
    - name: scripts
      configMap:
        name: {{ include "common.fullname" . }}-migrate
    {{- include "airflow.volumes" (dict "root" . "shared" false) | nindent 4 }}
{{- end -}}
