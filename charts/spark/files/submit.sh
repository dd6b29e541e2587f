# Submits an application to YARN and returns once it is taken. The arguments go to spark-submit.
set -eu

# What the pod was given as environment, driver and executors get too: they live in containers of
# YARN, which no ConfigMap reaches. One that comes from an optional Secret may be missing.
for name in $TAKEN_ALONG; do
  value=$(printenv "$name") || continue
  # YARN writes it into a shell script between double quotes, as it is.
  value=$(printf %s "$value" | sed 's/[\\"$`]/\\&/g')
  set -- --conf "spark.yarn.appMasterEnv.$name=$value" --conf "spark.executorEnv.$name=$value" "$@"
done

# It lives for seconds, and the second compiler would take a core for as long.
export SPARK_SUBMIT_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
exec spark-submit --master yarn --deploy-mode cluster "$@"
