# The platform on Kubernetes. A goal does what is missing and leaves the rest alone, so each can be
# repeated; the order of things is in their prerequisites.
#
#   PROFILE=smoke       without what runs on Kubernetes do not use: YARN
#   KIND=no             another cluster than kind's: the current context, or CONTEXT=
#   REGISTRY=host/path  where images are pushed to; kind's is a container on this machine
#   VALUES=folder       your own values, folder/minio.yaml for the chart minio and so on
#   KIND_NODE_IMAGE=    another node image than the one in kind-config.yaml
#   PURGE=yes           cluster-down deletes all that is kept by default
#   CONFIRM=context     cluster-down on another cluster than kind's does not ask
#   PARALLEL=yes        with make's --jobs=N: do so many things at a time

KIND ?= yes
CLUSTER := medley
NAMESPACE ?= medley
VALUES ?=
PROFILE ?= all
PURGE ?= no
CONFIRM ?=
ENGINE ?= k8s
TOGETHER ?=
KIND_NODE_IMAGE ?=

# The Spark operator's own chart: a name in its repository, or a file.
SPARK_OPERATOR_VERSION := 2.5.0
SPARK_OPERATOR_CHART ?= spark-operator

ifeq ($(KIND),yes)
CONTEXT := kind-$(CLUSTER)
REGISTRY ?= localhost:5001
else
CONTEXT ?= $(shell kubectl config current-context 2>/dev/null)
REGISTRY ?=
endif

export KIND CLUSTER NAMESPACE CONTEXT REGISTRY VALUES PROFILE PURGE CONFIRM KIND_NODE_IMAGE
export SPARK_OPERATOR_CHART SPARK_OPERATOR_VERSION

IMAGES := minio ferretdb spark jobs hadoop mlflow airflow
# In the order of their installation: who is called stands before who calls.
CHARTS := minio postgresql ferretdb hadoop kafka spark mlflow trino spark-history airflow

# On few cores services that start together slow one another down until their probes give up.
ifndef PARALLEL
.NOTPARALLEL:
endif

##@ Cluster

.PHONY: cluster-up
cluster-up: deploy ## Make a cluster on this machine with the whole platform.
	@scripts/forward --list
	@echo "Next: make $(strip forward $(MAKEOVERRIDES)) (opens them all)," \
	  "or make $(strip run PIPELINE=movies $(MAKEOVERRIDES))"

.PHONY: cluster-down
cluster-down: ## Delete the cluster with all its data; another one's loses Medley's releases.
	@scripts/cluster down

.PHONY: images
images: $(IMAGES:%=image-%) ## Build the images whose files have changed.

.PHONY: load
load: images cluster ## Push the images to where the cluster finds them.
	@scripts/load $(IMAGES)

.PHONY: deploy
deploy: deploy-operator $(CHARTS:%=deploy-%) ## Install or upgrade all charts; deploy-NAME does one.

.PHONY: status
status: ## Show all pods, and why those that do not run cannot.
	@scripts/status

.PHONY: forward
forward: ## Open all web pages on this machine until Ctrl-C.
	@scripts/forward

.PHONY: run
run: setup ## Run a pipeline there: make run PIPELINE=movies [ENGINE=k8s|yarn] [TOGETHER=yes|no].
	@scripts/run "$(PIPELINE)" "$(ENGINE)" "$(TOGETHER)"

CLUSTER_TESTS := $(BIN)/pytest -m cluster --durations=0 --durations-min=1

.PHONY: smoke
smoke: setup ## Prove the platform: one pipeline, each service's own test, the network's rules.
	@$(CLUSTER_TESTS) tests/cluster/smoke

.PHONY: e2e
e2e: setup ## The smoke, then all that can break in a run, on both engines; it takes most of an hour.
	@$(CLUSTER_TESTS) tests/cluster

.PHONY: cluster-check
cluster-check: setup
	@$(BIN)/medley doctor --cluster $(if $(filter yes,$(KIND)),,--context "$(CONTEXT)")

.PHONY: cluster
cluster: cluster-check
	@scripts/cluster up

.PHONY: $(IMAGES:%=image-%)
$(IMAGES:%=image-%): image-%:
	@scripts/image build $*
image-spark: image-minio
image-jobs image-hadoop: image-spark

.PHONY: deploy-operator $(CHARTS:%=deploy-%)
deploy-operator: load
	@scripts/deploy spark-operator
$(CHARTS:%=deploy-%): deploy-%: load
	@scripts/deploy $*
deploy-spark deploy-trino: deploy-minio deploy-hadoop
deploy-ferretdb deploy-trino: deploy-postgresql
deploy-mlflow: deploy-minio deploy-postgresql
deploy-spark-history: deploy-minio
deploy-airflow: deploy-operator deploy-postgresql deploy-spark
