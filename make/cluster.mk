# The platform on Kubernetes. A goal does what is missing and leaves the rest alone, so each can be
# repeated; the order of things is in their prerequisites.
#
#   KIND=no             another cluster than kind's: the current context, or CONTEXT=
#   REGISTRY=host/path  push the images there in place of loading them into kind's node
#   VALUES=folder       your own values, folder/minio.yaml for the chart minio and so on
#   KIND_NODE_IMAGE=    another node image than the one in kind-config.yaml
#   KIND_LOAD=          another command that puts the images named after it into the node

KIND ?= yes
CLUSTER := medley
NAMESPACE ?= medley
REGISTRY ?=
VALUES ?=
ENGINE ?= k8s
KIND_NODE_IMAGE ?=
KIND_LOAD ?= kind load docker-image --name $(CLUSTER)

# The Spark operator's own chart: a name in its repository, or a file.
SPARK_OPERATOR_VERSION := 2.5.0
SPARK_OPERATOR_CHART ?= spark-operator

ifeq ($(KIND),yes)
CONTEXT := kind-$(CLUSTER)
else
CONTEXT ?= $(shell kubectl config current-context 2>/dev/null)
endif

export KIND CLUSTER NAMESPACE CONTEXT REGISTRY VALUES KIND_NODE_IMAGE KIND_LOAD
export SPARK_OPERATOR_CHART SPARK_OPERATOR_VERSION

IMAGES := minio ferretdb spark hadoop mlflow airflow
# In the order of their installation: who is called stands before who calls.
CHARTS := minio postgresql ferretdb hadoop kafka spark mlflow trino spark-history airflow

# On few cores services that start together slow one another down until their probes give up.
ifndef PARALLEL
.NOTPARALLEL:
endif

##@ Cluster

.PHONY: cluster-up
cluster-up: cluster-check cluster load deploy ## Make a cluster on this machine with the whole platform.
	@scripts/forward --list
	@echo "Next: make $(strip forward $(MAKEOVERRIDES)) (opens them all)," \
	  "or make $(strip run PIPELINE=movies $(MAKEOVERRIDES))"

.PHONY: cluster-down
cluster-down: ## Delete the cluster with all its data.
	@scripts/cluster down

.PHONY: images
images: $(IMAGES:%=image-%) ## Build the images whose files have changed.

.PHONY: load
load: images cluster ## Put the images into the cluster.
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
run: setup ## Run a pipeline there: make run PIPELINE=movies [ENGINE=k8s|yarn].
	@scripts/run "$(PIPELINE)" "$(ENGINE)"

.PHONY: e2e
e2e: setup ## Run the tests that need the cluster.
	@$(BIN)/pytest -m cluster --durations=0 --durations-min=1 tests/cluster

.PHONY: cluster-check
cluster-check: setup
	@$(BIN)/medley doctor --cluster $(if $(filter yes,$(KIND)),,--context "$(CONTEXT)")

.PHONY: cluster
cluster:
	@scripts/cluster up

.PHONY: $(IMAGES:%=image-%)
$(IMAGES:%=image-%): image-%:
	@scripts/image build $*
image-hadoop: image-spark

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
