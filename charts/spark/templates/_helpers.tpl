{{/* The file system of HDFS. */}}
{{- define "spark.hdfs" -}}
{{- .Values.hdfs.uri | default (printf "hdfs://hadoop-namenode-0.hadoop-namenode.%s.svc.cluster.local:8020" .Release.Namespace) -}}
{{- end -}}

{{/* The environment of the jobs that is no secret, as data of a ConfigMap. */}}
{{- define "spark.settings" -}}
MEDLEY_LAKE: {{ .Values.settings.lake | quote }}
MEDLEY_LANDING: {{ .Values.settings.landing | quote }}
MEDLEY_CHECKPOINTS: {{ .Values.settings.checkpoints | default (printf "%s/checkpoints" (include "spark.hdfs" .)) | quote }}
{{- with .Values.settings.documents }}
MEDLEY_DOCUMENTS: {{ . | quote }}
{{- end }}
MLFLOW_TRACKING_URI: {{ .Values.settings.mlflow | quote }}
MLFLOW_DFS_TMP: {{ include "spark.hdfs" . }}/tmp/mlflow
# Artifacts go through MLflow's server: by itself the client would follow it to the store.
MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "false"
MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "false"
HADOOP_USER_NAME: {{ .Values.hdfs.user | quote }}
{{- range $name, $value := .Values.settings.extra }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* spark-defaults.conf as a map: the chart's settings under those of the values. */}}
{{- define "spark.conf" -}}
spark.hadoop.fs.s3a.endpoint: {{ .Values.s3.endpoint }}
spark.hadoop.fs.s3a.endpoint.region: {{ .Values.s3.region }}
spark.hadoop.fs.s3a.path.style.access: "true"
spark.hadoop.fs.s3a.connection.maximum: "200"
# A MinIO that restarts is waited for. S3A itself gives up when there is no route to a pod that is
# gone; the SDK below it tries again, for a minute and more in all.
spark.hadoop.fs.s3a.attempts.maximum: "15"
# The keys are in the environment, so that they stand in no application's definition.
spark.hadoop.fs.s3a.aws.credentials.provider: software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider
# MLflow copies Spark models through the default file system only.
spark.hadoop.fs.defaultFS: {{ include "spark.hdfs" . }}
# A NameNode that restarts is waited for: a minute for its safe mode, some minutes for itself.
spark.hadoop.dfs.client.retry.policy.enabled: "true"
spark.hadoop.dfs.client.retry.policy.spec: "5000,12"
spark.sql.extensions: io.delta.sql.DeltaSparkSessionExtension
spark.sql.catalog.spark_catalog: org.apache.spark.sql.delta.catalog.DeltaCatalog
spark.sql.session.timeZone: UTC
spark.sql.shuffle.partitions: "8"
spark.databricks.delta.snapshotPartitions: "2"
# VACUUM lists files by this many tasks: 10,000 by default.
spark.sql.sources.parallelPartitionDiscovery.parallelism: "16"
spark.ui.prometheus.enabled: "true"
# What a run does is told by `medley` itself, in a line for each step.
spark.log.level: WARN
# ALS without checkpoints has a long lineage, which Java's serializer walks recursively.
spark.driver.defaultJavaOptions: -Xss4m
spark.executor.defaultJavaOptions: -Xss4m
{{- if .Values.eventLogs }}
spark.eventLog.enabled: "true"
spark.eventLog.dir: {{ .Values.eventLogs }}
spark.eventLog.compress: "true"
spark.eventLog.rolling.enabled: "true"
spark.eventLog.rolling.maxFileSize: 64m
{{- end }}
# Executors that an application itself starts; the Spark operator's bring their own.
spark.kubernetes.namespace: {{ .Release.Namespace }}
spark.kubernetes.container.image: {{ include "spark.image" . }}
spark.kubernetes.authenticate.executor.serviceAccountName: {{ include "common.fullname" . }}
spark.kubernetes.executor.podTemplateFile: /etc/medley/spark/pod-template.yaml
spark.kubernetes.executor.podTemplateContainerName: spark
spark.kubernetes.executor.request.cores: {{ .Values.sizes.default.executor.cpuRequest | quote }}
{{- end -}}

{{/* The labels by which pods are let through to what jobs call. */}}
{{- define "spark.clients" -}}
{{- list "minio" "hdfs" "yarn" "mlflow" "postgresql" "ferretdb" "kafka" "trino" | toJson -}}
{{- end -}}

{{/* Environment of every Spark pod beside the ConfigMap of settings: keys, and what users add. */}}
{{- define "spark.env" -}}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ .Values.s3.existingSecret }}, key: access-key}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ .Values.s3.existingSecret }}, key: secret-key}
- name: MEDLEY_DOCUMENTS
  valueFrom:
    secretKeyRef: {name: {{ include "common.fullname" . }}-documents, key: uri, optional: true}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
