"""What the DAGs are made of: factories, the operator of Spark jobs, the alert.

pipeline_dag, maintenance_dag, promotion_dag   the DAGs
spark_job          the operator: one Spark application, on Kubernetes or on YARN
engine             what each way of running it has in common
on_kubernetes      … as a SparkApplication of the Spark operator
on_yarn            … submitted to YARN
cluster, resource_manager                      what Kubernetes and YARN are asked
pools              a pool for each pipeline
pods, sizes        what the pods look like, and how large they are
alerts             tells a webhook of failures
settings           the environment
"""
