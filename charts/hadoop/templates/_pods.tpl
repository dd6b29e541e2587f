{{/* Volumes of every pod. Takes root, scratch (optional): size of /tmp. */}}
{{- define "hadoop.volumes" -}}
- name: conf
  configMap:
    name: {{ include "common.fullname" .root }}-conf
- name: scripts
  configMap:
    name: {{ include "common.fullname" .root }}-scripts
- name: tmp
  emptyDir: {sizeLimit: {{ .scratch | default "256Mi" }}}
{{- end -}}

{{/* A pod that runs a command as a client and ends. Takes root, command, user. */}}
{{- define "hadoop.clientPod" -}}
restartPolicy: Never
{{ include "common.podSpec" (dict "root" .root "uid" 1000) }}
containers:
  - name: client
    {{- include "common.containerImage" (dict "root" .root) | nindent 4 }}
    command: {{ toJson .command }}
    env:
      - {name: HADOOP_USER_NAME, value: {{ .user }}}
      - {name: NAMENODE, value: "http://{{ include "hadoop.host" (dict "root" .root "component" "namenode") }}:9870"}
    securityContext: {{ include "common.containerSecurityContext" .root | nindent 6 }}
    resources: {{ toYaml .root.Values.jobResources | nindent 6 }}
    volumeMounts:
      - {name: conf, mountPath: /opt/hadoop/conf, readOnly: true}
      - {name: scripts, mountPath: /scripts, readOnly: true}
      - {name: tmp, mountPath: /tmp}
volumes:
  {{- include "hadoop.volumes" (dict "root" .root) | nindent 2 }}
{{- end -}}
