{{/* Name of the Secret with the superuser's keys. */}}
{{- define "postgresql.superuserSecret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-superuser" (include "common.fullname" .)) -}}
{{- end -}}

{{/* Name of the Secret with a database's keys. Takes root, database. */}}
{{- define "postgresql.databaseSecret" -}}
{{- .database.existingSecret | default (printf "%s-%s" (include "common.fullname" .root) (.database.name | replace "_" "-")) -}}
{{- end -}}

{{/* Refuse what the schema cannot see: rules across several values. */}}
{{- define "postgresql.validate" -}}
{{- $names := list "superuser" -}}
{{- $owners := list -}}
{{- range .Values.databases -}}
{{- $owner := .owner | default .name -}}
{{- $name := .name | replace "_" "-" -}}
{{- range list .name $owner -}}
{{- if or (has . (list "postgres" "public" "template0" "template1")) (hasPrefix "pg_" .) -}}
{{- fail (printf "databases: %q is one of PostgreSQL's own names. Choose another." .) -}}
{{- end -}}
{{- end -}}
{{- if has $name $names -}}
{{- fail (printf "databases: the name %q is taken; the Secret %s-%s is already there. Rename the database." .name (include "common.fullname" $) $name) -}}
{{- end -}}
{{- if has $owner $owners -}}
{{- fail (printf "databases: %q owns two databases, but each database's Secret has a password of its own. Give the database %q another owner." $owner .name) -}}
{{- end -}}
{{- $names = append $names $name -}}
{{- $owners = append $owners $owner -}}
{{- end -}}
{{- end -}}

{{/* A pod that runs one of files/*.sh with `psql` as the superuser. Takes root, script. */}}
{{- define "postgresql.scriptPod" -}}
restartPolicy: Never
{{ include "common.podSpec" (dict "root" .root "uid" 999) }}
containers:
  - name: psql
    {{- include "common.containerImage" . | nindent 4 }}
    command: [/bin/sh, /scripts/{{ .script }}]
    env:
      - {name: PGHOST, value: {{ include "common.fullname" .root }}}
      - {name: PGCONNECT_TIMEOUT, value: "5"}
    securityContext: {{ include "common.containerSecurityContext" .root | nindent 6 }}
    resources: {{ toYaml .root.Values.jobResources | nindent 6 }}
    volumeMounts:
      - {name: scripts, mountPath: /scripts, readOnly: true}
      - {name: superuser, mountPath: /secrets/superuser, readOnly: true}
      {{- range .root.Values.databases }}
      - {name: database-{{ .name | replace "_" "-" }}, mountPath: /secrets/databases/{{ .name }}, readOnly: true}
      {{- end }}
volumes:
  - name: scripts
    configMap:
      name: {{ include "common.fullname" .root }}-setup
  - name: superuser
    secret:
      secretName: {{ include "postgresql.superuserSecret" .root }}
  {{- range .root.Values.databases }}
  - name: database-{{ .name | replace "_" "-" }}
    secret:
      secretName: {{ include "postgresql.databaseSecret" (dict "root" $.root "database" .) }}
  {{- end }}
{{- end -}}
