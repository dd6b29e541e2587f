{{/*
The job that makes what a chart declares, after each install and upgrade. Takes root, clients: the
services that it calls, pod: the spec of its pod, as text.
*/}}
{{- define "common.setupJob" -}}
{{- $about := dict "root" .root "component" "setup" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "common.fullname" .root }}-setup
  labels: {{ include "common.labels" $about | nindent 4 }}
  annotations:
    helm.sh/hook: post-install,post-upgrade
    # A failed job stays, for its log.
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 3
  template:
    metadata:
      labels: {{ include "common.podLabels" (set $about "clients" .clients) | nindent 8 }}
    spec: {{ .pod | nindent 6 }}
{{- end -}}
