{{/* An entry of the ConfigMap of scripts: the functions that they share. Takes the root context. */}}
{{- define "common.functions" -}}
functions.sh: |
  {{- .Subcharts.common.Files.Get "files/functions.sh" | nindent 2 }}
{{- end -}}
