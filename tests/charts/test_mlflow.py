"""The chart mlflow: the tracking server, its two stores and who may call it."""

import pytest

from tests.charts.rendering import ChartRefusedError, Renderer


def test_the_database_is_migrated_before_the_server_starts(render: Renderer) -> None:
    """The same image, so that tables and server always fit each other."""
    server = render("mlflow").pod("Deployment", "mlflow")
    migrate = server.container("migrate")

    assert ["migrate"] == [found["name"] for found in server.spec["initContainers"]]
    assert "mlflow db upgrade" in migrate["command"][-1]
    assert migrate["image"] == server.container("mlflow")["image"]
    assert server.environment("migrate").items() <= server.environment("mlflow").items()


def test_artifacts_go_through_the_server(render: Renderer) -> None:
    """Clients need no key of the store; only the server has them."""
    manifests = render("mlflow", {"artifacts": {"bucket": "models", "existingSecret": "mine"}})
    server = manifests.pod("Deployment", "mlflow")
    client = manifests.pod("Pod", "mlflow-test-run")

    assert {"--serve-artifacts", "--artifacts-destination=s3://models/"} <= set(
        server.container("mlflow")["args"]
    )
    assert {"secretKeyRef": {"name": "mine", "key": "secret-key"}} == server.environment("mlflow")[
        "AWS_SECRET_ACCESS_KEY"
    ]
    assert "AWS_SECRET_ACCESS_KEY" not in client.environment("client")


def test_it_answers_to_its_own_names_with_and_without_a_port(render: Renderer) -> None:
    """MLflow refuses all other host names, and compares the port too."""
    manifests = render("mlflow", {"allowedHosts": ["mlflow.example.org"]}, namespace="data")
    server = manifests.pod("Deployment", "mlflow")
    hosts = server.environment("mlflow")["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")

    names = {"mlflow", "mlflow.data", "mlflow.data.svc", "mlflow.data.svc.cluster.local"}
    names |= {"localhost", "127.0.0.1", "mlflow.example.org"}
    assert names | {f"{name}:*" for name in names} == set(hosts)


def test_it_calls_its_two_stores_only(render: Renderer) -> None:
    """The policy and the labels of the pod name the same services."""
    manifests = render("mlflow")
    rules = manifests.one("NetworkPolicy", "mlflow")["spec"]["egress"][2:]

    assert {"postgresql": 5432, "minio": 9000} == {
        rule["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]: rule["ports"][0][
            "port"
        ]
        for rule in rules
    }
    assert {"postgresql-client", "minio-client"} == {
        label for label in manifests.pod("Deployment", "mlflow").labels if label.endswith("-client")
    }


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"database": {"existingSecret": ""}}, "at '/database/existingSecret': '' does not match"),
        ({"artifacts": {"bucket": "Models"}}, "'Models' does not match pattern"),
        ({"artifacts": {"endpoint": "minio:9000"}}, "'minio:9000' does not match pattern"),
        ({"allowedHosts": ["http://mlflow"]}, "'http://mlflow' does not match pattern"),
        ({"workers": 0}, "at '/workers': minimum: got 0, want 1"),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("mlflow", values)

    assert message in str(refused.value)
