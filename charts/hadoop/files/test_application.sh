# Proves that YARN runs a Spark application: driver and executor in containers, staged on HDFS.
set -eu
python=/usr/local/bin/python3

# `local:` jars are those of the image, in every container: nothing is uploaded.
exec spark-submit --master yarn --deploy-mode cluster --name helm-test \
  --driver-memory 512m --executor-memory 512m --num-executors 1 \
  --conf 'spark.yarn.jars=local:/opt/spark/jars/*' \
  --conf "spark.yarn.appMasterEnv.PYSPARK_PYTHON=$python" \
  --conf "spark.executorEnv.PYSPARK_PYTHON=$python" \
  --conf spark.yarn.maxAppAttempts=1 \
  --conf spark.ui.enabled=false \
  /scripts/test_application.py
