{{/*
What Airflow makes jobs from. It adds the job: names, labels, arguments, and one of the sizes.
*/}}

{{/* The image, as an application and a container name it. */}}
{{- define "spark.image" -}}
{{- include "common.image" (dict "root" . "image" .Values.image) -}}
{{- end -}}

{{/* The size of a kind of job, in the words of a SparkApplication. Takes the size. */}}
{{- define "spark.size" -}}
driver: {{ include "spark.podSize" .driver | nindent 2 }}
executor:
  instances: {{ .executor.instances }}
  {{- include "spark.podSize" .executor | nindent 2 }}
{{- with .dynamicAllocation }}
{{- if .enabled }}
dynamicAllocation:
  enabled: true
  initialExecutors: {{ max $.executor.instances .minExecutors }}
  minExecutors: {{ .minExecutors }}
  maxExecutors: {{ .maxExecutors }}
  # There is no shuffle service to take over what an executor has written.
  shuffleTrackingEnabled: true
{{- end }}
{{- end }}
{{- end -}}

{{- define "spark.podSize" -}}
cores: {{ .cores }}
coreRequest: {{ .cpuRequest | quote }}
memory: {{ int .memoryMiB }}m
memoryOverhead: {{ int .memoryOverheadMiB }}m
{{- end -}}

{{/* The kinds of jobs with their sizes, `default` filled in. */}}
{{- define "spark.sizes" -}}
{{- $default := .Values.sizes.default -}}
{{- range $kind, $size := omit .Values.sizes "default" }}
{{ $kind }}: {{ include "spark.size" (mergeOverwrite (deepCopy $default) $size) | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "spark.application" -}}
{{- $defaults := dict "/etc/medley/spark" (printf "%s-defaults" (include "common.fullname" .)) -}}
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
spec:
  type: Python
  mode: cluster
  sparkVersion: 4.2.0
  image: {{ include "spark.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  mainApplicationFile: local:///opt/medley/job.py
  # Airflow tries again, after a pause and under another name.
  restartPolicy: {type: Never}
  # For applications that nobody took away.
  timeToLiveSeconds: 3600
  sparkConf:
    # The operator finds driver and executors by these names.
    spark.kubernetes.driver.podTemplateContainerName: spark-kubernetes-driver
    spark.kubernetes.executor.podTemplateContainerName: spark-kubernetes-executor
    {{- range $key, $value := .Values.sparkConf }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
  driver:
    serviceAccount: {{ include "common.fullname" . }}
    template:
      {{- include "spark.podTemplate" (dict "root" . "container" "spark-kubernetes-driver" "token" true "configMaps" $defaults) | nindent 6 }}
  executor:
    serviceAccount: {{ include "common.fullname" . }}
    template:
      {{- include "spark.podTemplate" (dict "root" . "container" "spark-kubernetes-executor") | nindent 6 }}
{{- end -}}

{{/* A container's part that runs a program. Takes root, args, resources. */}}
{{- define "spark.program" -}}
{{ include "common.containerImage" (dict "root" .root) }}
args: {{ toJson .args }}
resources: {{ toYaml .resources | nindent 2 }}
{{- end -}}

{{/* The pod that runs `medley …` without Spark. */}}
{{- define "spark.programPod" -}}
{{- $args := list "python3" "/opt/medley/job.py" -}}
{{- $program := include "spark.program" (dict "root" . "args" $args "resources" .Values.programResources) | fromYaml -}}
{{- include "spark.podTemplate" (dict "root" . "container" "medley" "program" $program) -}}
{{- end -}}

{{/* The pod that submits an application to YARN. */}}
{{- define "spark.submitPod" -}}
{{- $args := concat (list "sh" "-c" (.Files.Get "files/submit.sh") "submit") (include "spark.submitOptions" . | fromYamlArray) -}}
{{- $program := include "spark.program" (dict "root" . "args" $args "resources" .Values.submitResources) | fromYaml -}}
{{- $configMaps := dict "/etc/medley/spark" (printf "%s-defaults" (include "common.fullname" .)) "/opt/hadoop/conf" .Values.hadoop.configMap -}}
{{- $names := include "spark.settings" . | fromYaml | keys | sortAlpha -}}
{{- range include "spark.env" . | fromYamlArray -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $env := list (dict "name" "HADOOP_CONF_DIR" "value" "/opt/hadoop/conf") (dict "name" "TAKEN_ALONG" "value" (join " " (uniq $names))) -}}
{{- include "spark.podTemplate" (dict "root" . "container" "submit" "program" $program "configMaps" $configMaps "env" $env) -}}
{{- end -}}

{{/* What spark-submit is told of every application on YARN. */}}
{{- define "spark.submitOptions" -}}
# YARN has taken it; how it fares is asked of YARN, not of a pod.
- --conf=spark.yarn.submit.waitAppCompletion=false
# Airflow tries again.
- --conf=spark.yarn.maxAppAttempts=1
# `local:` jars are those of the image, in every container: nothing is uploaded.
- --conf=spark.yarn.jars=local:/opt/spark/jars/*
# The containers' image has no code of Medley's: it travels with the application.
- --conf=spark.yarn.dist.archives=/opt/medley/medley.zip#medley
{{- range list "spark.yarn.appMasterEnv" "spark.executorEnv" }}
- --conf={{ . }}.PYTHONPATH=medley
- --conf={{ . }}.PYSPARK_PYTHON=/usr/local/bin/python3
- --conf={{ . }}.JAVA_HOME=/opt/java
# YARN sets HOME to a folder that cannot be written.
- --conf={{ . }}.XDG_CACHE_HOME=/tmp/.cache
{{- end }}
{{- end -}}
