{{/*
The volume `data` of a StatefulSet. Both helpers take `persistence`: {enabled, size,
storageClass, existingClaim}; a chart includes both, and one of them says nothing.
*/}}

{{- define "common.dataVolume" -}}
{{- if not .persistence.enabled -}}
- name: data
  emptyDir: {}
{{- else if .persistence.existingClaim -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ .persistence.existingClaim }}
{{- end }}
{{- end -}}

{{/* Takes root, component (optional), persistence. */}}
{{- define "common.dataClaimTemplates" -}}
{{- if and .persistence.enabled (not .persistence.existingClaim) -}}
volumeClaimTemplates:
  - metadata:
      name: data
      labels: {{ include "common.selectorLabels" . | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with .persistence.storageClass }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests:
          storage: {{ .persistence.size }}
{{- end }}
{{- end -}}
