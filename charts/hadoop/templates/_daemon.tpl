{{/*
A daemon: its StatefulSet and the headless Service that gives its pods names. Takes
  root, component
  values     {replicas, heap, resources, persistence}; replicas and persistence are optional
  user       name that it bears in HDFS and YARN
  ports      {name: number}; `http` is the one that tells whether it lives
  readiness  a probe, without its times
  clients    (optional) services that it calls
  scratch    (optional) size of /tmp
*/}}
{{- define "hadoop.daemon" -}}
{{- $name := printf "%s-%s" (include "common.fullname" .root) .component -}}
{{- $values := .root.Values -}}
{{- $data := .values.persistence -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels: {{ include "common.labels" . | nindent 4 }}
spec:
  clusterIP: None
  # Daemons must find one another to become ready.
  publishNotReadyAddresses: true
  selector: {{ include "common.selectorLabels" . | nindent 4 }}
  ports:
    {{- range $port, $number := .ports }}
    - {name: {{ $port }}, port: {{ $number }}, targetPort: {{ $port }}}
    {{- end }}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels: {{ include "common.labels" . | nindent 4 }}
spec:
  replicas: {{ .values.replicas | default 1 }}
  serviceName: {{ $name }}
  podManagementPolicy: Parallel
  selector:
    matchLabels: {{ include "common.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels: {{ include "common.podLabels" . | nindent 8 }}
      annotations:
        checksum/config: {{ include "hadoop.config" .root | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "common.podSpec" (dict "root" .root "uid" 1000) | nindent 6 }}
      terminationGracePeriodSeconds: 60
      containers:
        - name: {{ .component }}
          {{- include "common.containerImage" (dict "root" .root) | nindent 10 }}
          # Arguments to the image's entrypoint, under which orphans of ended containers are reaped.
          args: [/bin/sh, /scripts/start.sh, {{ .component }}]
          env:
            - {name: HADOOP_USER_NAME, value: {{ .user }}}
            - {name: HEAP, value: {{ .values.heap }}}
            - {name: DOMAIN, value: {{ $name }}.{{ .root.Release.Namespace }}.svc.{{ $values.clusterDomain }}}
            {{- with $values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            {{- range $port, $number := .ports }}
            - {name: {{ $port }}, containerPort: {{ $number }}}
            {{- end }}
          startupProbe:
            tcpSocket: {port: http}
            periodSeconds: 3
            failureThreshold: 100
          readinessProbe:
            {{- toYaml .readiness | nindent 12 }}
            periodSeconds: 15
            timeoutSeconds: 10
          livenessProbe:
            tcpSocket: {port: http}
            periodSeconds: 20
            timeoutSeconds: 10
            failureThreshold: 6
          securityContext: {{ include "common.containerSecurityContext" .root | nindent 12 }}
          resources: {{ toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - {name: conf, mountPath: /opt/hadoop/conf, readOnly: true}
            - {name: scripts, mountPath: /scripts, readOnly: true}
            - {name: tmp, mountPath: /tmp}
            {{- if $data }}
            - {name: data, mountPath: /data}
            {{- end }}
      volumes:
        {{- include "hadoop.volumes" (dict "root" .root "scratch" .scratch) | nindent 8 }}
        {{- with $data }}
        {{- include "common.dataVolume" (dict "persistence" .) | nindent 8 }}
        {{- end }}
  {{- with $data }}
  {{- include "common.dataClaimTemplates" (dict "root" $.root "component" $.component "persistence" .) | nindent 2 }}
  {{- end }}
{{- end -}}
