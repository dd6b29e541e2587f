{{/*
Generated secrets: made at the first install, kept for ever after, also when the release goes,
because the data on its volumes goes on asking for them.
*/}}

{{/*
The value of a key of a Secret in the cluster, else 32 random letters and digits. Each call
without a Secret draws anew: a template that needs the value twice keeps it in a variable.
Takes root, secret, key.
*/}}
{{- define "common.keptOrRandom" -}}
{{- $kept := (lookup "v1" "Secret" .root.Release.Namespace .secret).data | default dict -}}
{{- if hasKey $kept .key -}}
{{- index $kept .key | b64dec -}}
{{- else -}}
{{- randAlphaNum 32 -}}
{{- end -}}
{{- end -}}

{{/* A Secret that outlives the release. Takes root, name, data: plain values by key. */}}
{{- define "common.secret" -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  labels: {{ include "common.labels" (dict "root" .root) | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep
type: Opaque
data:
  {{- range $key, $value := .data }}
  {{ $key }}: {{ $value | toString | b64enc }}
  {{- end }}
{{- end -}}
