{{/*
What the specs of pods share.
*/}}

{{/* An image reference. Takes root, image: {repository, tag, digest}; the tag is the chart's appVersion by default. */}}
{{- define "common.image" -}}
{{- $tag := .image.tag | default .root.Chart.AppVersion -}}
{{- .image.repository }}:{{ $tag }}{{ with .image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{/* The two lines that name a container's image. Takes root, image (optional, .Values.image by default). */}}
{{- define "common.containerImage" -}}
{{- $image := .image | default .root.Values.image -}}
image: {{ include "common.image" (dict "root" .root "image" $image) | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
{{- end -}}

{{/*
The head of a pod's spec: identity, placement and the part of pod security "restricted" that
belongs to the pod. Takes root, uid, gid (optional, as uid by default), token (optional): true
where the pod calls the Kubernetes API.
*/}}
{{- define "common.podSpec" -}}
serviceAccountName: {{ include "common.fullname" .root }}
automountServiceAccountToken: {{ .token | default false }}
# A Service named "kafka" would else put KAFKA_PORT and the like into the environment.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .uid }}
  runAsGroup: {{ hasKey . "gid" | ternary .gid .uid }}
  fsGroup: {{ hasKey . "gid" | ternary .gid .uid }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The part of pod security "restricted" that belongs to the container, and a read-only root. */}}
{{- define "common.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The chart's ServiceAccount, without a token in its pods. Takes the root context. */}}
{{- define "common.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "common.fullname" . }}
  labels: {{ include "common.labels" (dict "root" .) | nindent 4 }}
automountServiceAccountToken: false
{{- end -}}
