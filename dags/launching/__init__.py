"""What the DAGs are made of: factories, the operator, the alert.

pipeline_dag, maintenance_dag, promotion_dag   the DAGs
broken_dag         … in the place of one whose flow cannot be read
operator           one job, followed to its end
engine             what each way of running it has in common
on_kubernetes      … as a SparkApplication of the Spark operator
on_yarn            … submitted to YARN
in_pod             … without Spark
template, manifests                            what jobs look like, and the jobs filled in
cluster, resource_manager                      what Kubernetes and YARN are asked
pools              a pool for each pipeline
alerts             tells a webhook of failures
settings           the environment
"""
