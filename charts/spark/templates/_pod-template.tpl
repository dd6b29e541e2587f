{{/*
What Spark makes pods from: it adds the command, the sizes and the service account. The Spark
operator's applications carry the same in their own templates.
*/}}
{{- define "spark.podTemplate" -}}
apiVersion: v1
kind: Pod
metadata:
  labels:
    medley.dev/spark: "true"
    {{- range include "spark.clients" . | fromJsonArray }}
    {{ . }}-client: "true"
    {{- end }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- omit (include "common.podSpec" (dict "root" . "uid" 185) | fromYaml) "serviceAccountName" | toYaml | nindent 2 }}
  containers:
    - name: spark
      envFrom:
        - configMapRef: {name: {{ include "common.fullname" . }}-settings}
      env: {{ include "spark.env" . | nindent 8 }}
      securityContext: {{ include "common.containerSecurityContext" . | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: work, mountPath: /opt/spark/work-dir}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 4Gi}
    - name: work
      emptyDir: {sizeLimit: 1Gi}
{{- end -}}
