{{/*
Names and labels. Helpers that need more than the root context take a dict with `root`.
*/}}

{{/* The release's name; short enough that "-resourcemanager-0" still fits into a host name. */}}
{{- define "common.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{/* What a selector matches on; never changes during a release's life. Takes root, component (optional). */}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* The labels of every object. Takes root, component (optional). */}}
{{- define "common.labels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: medley
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name (.root.Chart.Version | replace "+" "_") }}
{{- end -}}

{{/*
The labels of a pod. Takes root, component, clients (optional): the services that the pod calls,
as in (list "minio"), for each of which it carries the label that their NetworkPolicies look for.
The chart's version is not among them: a new one alone must not restart pods.
*/}}
{{- define "common.podLabels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/part-of: medley
{{- range .clients }}
{{ . }}-client: "true"
{{- end }}
{{- with .root.Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
