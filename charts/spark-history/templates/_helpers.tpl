{{/* spark-defaults.conf as a map: the chart's settings under those of the values. */}}
{{- define "spark-history.conf" -}}
spark.history.ui.port: "18080"
spark.history.fs.logDirectory: {{ .Values.logs.directory }}
spark.history.fs.update.interval: {{ .Values.logs.updateInterval }}
# What was read from a log is kept on disk beside the memory.
spark.history.store.path: /data/store
spark.history.store.maxDiskUsage: {{ include "spark-history.storeMiB" . }}m
spark.history.store.hybridStore.enabled: "true"
spark.history.store.hybridStore.maxMemoryUsage: {{ div .Values.heapMiB 4 }}m
spark.hadoop.fs.s3a.endpoint: {{ .Values.logs.endpoint }}
spark.hadoop.fs.s3a.endpoint.region: {{ .Values.logs.region }}
spark.hadoop.fs.s3a.path.style.access: "true"
spark.hadoop.fs.s3a.aws.credentials.provider: software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider
{{- end -}}

{{/* Three quarters of the store's size: the server exceeds its limit for moments. */}}
{{- define "spark-history.storeMiB" -}}
{{- $factor := ternary 1024 1 (hasSuffix "Gi" .Values.storeSize) -}}
{{- div (mul (trimSuffix "Mi" (trimSuffix "Gi" .Values.storeSize) | int) $factor 3) 4 -}}
{{- end -}}
