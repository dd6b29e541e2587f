{{/* Name of the Secret with the administrator's keys. */}}
{{- define "minio.rootSecret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-root" (include "common.fullname" .)) -}}
{{- end -}}

{{/* Name of the Secret with a user's keys. Takes root, user. */}}
{{- define "minio.userSecret" -}}
{{- .user.existingSecret | default (printf "%s-%s" (include "common.fullname" .root) .user.name) -}}
{{- end -}}

{{/* Refuse what the schema cannot see: rules across several values. */}}
{{- define "minio.validate" -}}
{{- $seen := list "root" -}}
{{- range .Values.users -}}
{{- if has .name $seen -}}
{{- fail (printf "users: the name %q is taken; the Secret %s-%s is already there. Rename the user." .name (include "common.fullname" $) .name) -}}
{{- end -}}
{{- $seen = append $seen .name -}}
{{- range $bucket := .buckets -}}
{{- if not (has $bucket $.Values.buckets) -}}
{{- fail (printf "users: the bucket %q is not among `buckets` (%s). Add it there, or correct the user's list." $bucket (join ", " $.Values.buckets)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Volumes with all keys: /secrets/root and /secrets/users/<name>. */}}
{{- define "minio.secretVolumes" -}}
- name: root
  secret:
    secretName: {{ include "minio.rootSecret" . }}
{{- range .Values.users }}
- name: user-{{ .name }}
  secret:
    secretName: {{ include "minio.userSecret" (dict "root" $ "user" .) }}
{{- end }}
{{- end -}}

{{- define "minio.secretMounts" -}}
- {name: root, mountPath: /secrets/root, readOnly: true}
{{- range .Values.users }}
- {name: user-{{ .name }}, mountPath: /secrets/users/{{ .name }}, readOnly: true}
{{- end }}
{{- end -}}

{{/* A pod that runs one of files/*.sh with `mc`. Takes root, script. */}}
{{- define "minio.scriptPod" -}}
restartPolicy: Never
{{ include "common.podSpec" (dict "root" .root "uid" 1000) }}
containers:
  - name: mc
    {{- include "common.containerImage" . | nindent 4 }}
    command: [/bin/sh, /scripts/{{ .script }}]
    env:
      - {name: MC_CONFIG_DIR, value: /tmp/mc}
      - {name: MINIO_URL, value: "http://{{ include "common.fullname" .root }}:9000"}
    securityContext: {{ include "common.containerSecurityContext" .root | nindent 6 }}
    resources: {{ toYaml .root.Values.jobResources | nindent 6 }}
    volumeMounts:
      - {name: scripts, mountPath: /scripts, readOnly: true}
      - {name: tmp, mountPath: /tmp}
      {{- include "minio.secretMounts" .root | nindent 6 }}
volumes:
  - name: scripts
    configMap:
      name: {{ include "common.fullname" .root }}-setup
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- include "minio.secretVolumes" .root | nindent 2 }}
{{- end -}}
