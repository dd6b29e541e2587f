{{/*
A pod of Spark's, or one that runs a program of Medley's. Spark adds to the pods of an application
their command, sizes and service account. Takes
  root
  container   the name of its one container
  token       (optional) true where the pod calls the Kubernetes API
  configMaps  (optional) names of ConfigMaps by the folders in which the image looks for them
  env         (optional) list of more environment
  program     (optional) image, args and resources of the container
*/}}
{{- define "spark.podTemplate" -}}
{{- $root := .root -}}
apiVersion: v1
kind: Pod
metadata:
  labels:
    medley.dev/spark: "true"
    {{- range include "spark.clients" $root | fromJsonArray }}
    {{ . }}-client: "true"
    {{- end }}
    {{- with $root.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  restartPolicy: Never
  {{- include "common.podSpec" (dict "root" $root "uid" 185 "token" .token) | nindent 2 }}
  containers:
    - name: {{ .container }}
      {{- with .program }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
      envFrom:
        - configMapRef: {name: {{ include "common.fullname" $root }}-settings}
      env:
        {{- include "spark.env" $root | nindent 8 }}
        {{- with .env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      securityContext: {{ include "common.containerSecurityContext" $root | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: work, mountPath: /opt/spark/work-dir}
        {{- range $folder, $name := .configMaps }}
        - {name: {{ $name }}, mountPath: {{ $folder }}, readOnly: true}
        {{- end }}
        {{- with $root.Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 4Gi}
    - name: work
      emptyDir: {sizeLimit: 1Gi}
    {{- range .configMaps }}
    - name: {{ . }}
      configMap: {name: {{ . }}}
    {{- end }}
    {{- with $root.Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
