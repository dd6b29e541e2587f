{{/*
Who may call a chart's pods, and whom they may call. Takes
  root
  ingress  list of {client, ports}: pods of the namespace that carry the label
           `<client>-client: "true"` reach these ports
  within   (optional) true where the chart's own pods call one another on ports of all kinds
  egress   (optional) list of {labels, ports}: pods of the namespace that the chart's pods call;
           their own release and DNS are always among them
  kubernetesApi  (optional) true where the pods call the Kubernetes API
One policy covers all pods of the release, the jobs and tests too: a port that a pod does not
listen on needs no guard.
*/}}
{{- define "common.networkPolicy" -}}
{{- $own := include "common.selectorLabels" (dict "root" .root) -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "common.fullname" .root }}
  labels: {{ include "common.labels" (dict "root" .root) | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{ $own | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- range .ingress }}
    - from:
        - podSelector:
            matchLabels:
              {{ .client }}-client: "true"
      ports: {{ include "common.ports" .ports | nindent 8 }}
    {{- end }}
    {{- if .within }}
    - from:
        - podSelector:
            matchLabels: {{ $own | nindent 14 }}
    {{- end }}
    {{- with .root.Values.networkPolicy.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
      ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
    - to:
        - podSelector:
            matchLabels: {{ $own | nindent 14 }}
    {{- range .egress }}
    - to:
        - podSelector:
            matchLabels: {{ toYaml .labels | nindent 14 }}
      {{- with .ports }}
      ports: {{ include "common.ports" . | nindent 8 }}
      {{- end }}
    {{- end }}
    {{- if .kubernetesApi }}
    {{- include "common.egressToApi" . | nindent 4 }}
    {{- end }}
    {{- with .root.Values.networkPolicy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* Egress to the Kubernetes API: its address is a node's, which no selector names. */}}
{{- define "common.egressToApi" -}}
- to:
    - ipBlock: {cidr: 0.0.0.0/0}
  ports: {{ include "common.ports" (list 443 6443) | nindent 4 }}
{{- end -}}

{{/* A policy's list of TCP ports. Takes a list of numbers. */}}
{{- define "common.ports" -}}
{{- $ports := list -}}
{{- range . -}}
{{- $ports = append $ports (dict "port" . "protocol" "TCP") -}}
{{- end -}}
{{- toYaml $ports -}}
{{- end -}}
