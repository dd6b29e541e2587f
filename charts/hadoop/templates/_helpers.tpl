{{/* Full name of the only pod, or of the Service, of a component. Takes root, component. */}}
{{- define "hadoop.host" -}}
{{- $name := printf "%s-%s" (include "common.fullname" .root) .component -}}
{{- printf "%s-0.%s.%s.svc.%s" $name $name .root.Release.Namespace .root.Values.clusterDomain -}}
{{- end -}}

{{/* Address of the file system that paths without one are on. */}}
{{- define "hadoop.defaultFs" -}}
{{- if .Values.hdfs.enabled -}}
hdfs://{{ include "hadoop.host" (dict "root" . "component" "namenode") }}:8020
{{- else -}}
{{ .Values.yarn.defaultFs }}
{{- end -}}
{{- end -}}

{{/* A quantity of memory in MiB, as a whole number. */}}
{{- define "hadoop.mebibytes" -}}
{{- $text := toString . -}}
{{- if hasSuffix "Gi" $text -}}
{{- mulf (trimSuffix "Gi" $text | float64) 1024 | int -}}
{{- else if hasSuffix "Mi" $text -}}
{{- trimSuffix "Mi" $text | float64 | int -}}
{{- else -}}
{{- fail (printf "yarn.nodemanager.resources.limits.memory: %q is not in Mi or Gi. Write it as 3840Mi." $text) -}}
{{- end -}}
{{- end -}}

{{/* Refuse what the schema cannot see: rules across several values. */}}
{{- define "hadoop.validate" -}}
{{- $hdfs := .Values.hdfs -}}
{{- $yarn := .Values.yarn -}}
{{- if not (or $hdfs.enabled $yarn.enabled) -}}
{{- fail "hdfs.enabled and yarn.enabled are both false: nothing would be installed. Switch one on." -}}
{{- end -}}
{{- if and $yarn.enabled (not $hdfs.enabled) (not $yarn.defaultFs) -}}
{{- fail "yarn.defaultFs is empty and hdfs.enabled is false: YARN stages applications on HDFS. Switch hdfs on, or name another HDFS as hdfs://host:port." -}}
{{- end -}}
{{- if and $hdfs.enabled (gt (int $hdfs.replication) (int $hdfs.datanode.replicas)) -}}
{{- fail (printf "hdfs.replication: %d copies of each block cannot lie on %d DataNodes. Lower it, or raise hdfs.datanode.replicas." (int $hdfs.replication) (int $hdfs.datanode.replicas)) -}}
{{- end -}}
{{- if and $hdfs.datanode.persistence.existingClaim (gt (int $hdfs.datanode.replicas) 1) -}}
{{- fail (printf "hdfs.datanode.persistence.existingClaim: one claim cannot serve %d DataNodes. Leave it empty, or set hdfs.datanode.replicas to 1." (int $hdfs.datanode.replicas)) -}}
{{- end -}}
{{- if $yarn.enabled -}}
{{- $node := $yarn.nodemanager -}}
{{- $limit := include "hadoop.mebibytes" $node.resources.limits.memory | int -}}
{{- $needed := add (int $node.containers.memoryMiB) 512 -}}
{{- if lt $limit (int $needed) -}}
{{- fail (printf "yarn.nodemanager.resources.limits.memory: %dMi cannot hold the containers' %d MiB and 512 MiB for the NodeManager itself. Raise it to %dMi, or lower yarn.nodemanager.containers.memoryMiB." $limit (int $node.containers.memoryMiB) $needed) -}}
{{- end -}}
{{- end -}}
{{- end -}}
