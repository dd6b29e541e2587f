"""The chart ferretdb: where documents lie, how it is asked whether it works, who may call it."""

import pytest

from tests.charts.rendering import ChartRefusedError, Manifests, Renderer

_PROBE = ["ferretdb", "ping"]


def _environment(manifests: Manifests) -> dict[str, object]:
    return manifests.pod("Deployment", "ferretdb").environment("ferretdb")


def test_the_parts_of_the_secret_make_the_address(render: Renderer) -> None:
    """The chart postgresql's `uri` names SQLAlchemy's driver, which FerretDB's does not know."""
    environment = _environment(render("ferretdb", {"database": {"existingSecret": "mine"}}))

    assert {
        "PGHOST": "host",
        "PGPORT": "port",
        "PGDATABASE": "database",
        "PGUSER": "username",
        "PGPASSWORD": "password",
    } == {
        name: value["secretKeyRef"]["key"]
        for name, value in environment.items()
        if isinstance(value, dict) and value["secretKeyRef"]["name"] == "mine"
    }
    assert "postgres://$(PGHOST):$(PGPORT)/$(PGDATABASE)" == environment["FERRETDB_POSTGRESQL_URL"]


def test_variables_stand_before_the_address_that_names_them(render: Renderer) -> None:
    """Kubernetes puts in what stands above; what stands below it leaves as it is."""
    names = list(_environment(render("ferretdb")))

    assert {"PGHOST", "PGPORT", "PGDATABASE"} <= set(
        names[: names.index("FERRETDB_POSTGRESQL_URL")]
    )


def test_no_password_stands_in_an_address(render: Renderer) -> None:
    """One with a slash or a percent sign would be read as something else, or be logged."""
    address = str(_environment(render("ferretdb"))["FERRETDB_POSTGRESQL_URL"])

    assert "PASSWORD" not in address


def test_nothing_is_reported_to_its_makers(render: Renderer) -> None:
    """Undecided telemetry would be sent after an hour."""
    assert "disable" == _environment(render("ferretdb"))["FERRETDB_TELEMETRY"]


def test_readiness_asks_postgresql_and_liveness_does_not(render: Renderer) -> None:
    """A restart brings PostgreSQL back as little as calls to a server without it succeed."""
    container = render("ferretdb").pod("Deployment", "ferretdb").container("ferretdb")
    environment = _environment(render("ferretdb"))

    for name in ("startupProbe", "readinessProbe"):
        probe = container[name]
        assert _PROBE == probe["exec"]["command"][:2]
        # Pings of a TCP port ask for a login; an empty address leaves the socket alone.
        assert "--listen-addr=" in probe["exec"]["command"]
        assert "--setup-timeout=8s" in probe["exec"]["command"]
        assert 8 < probe["timeoutSeconds"]
    assert str(environment["FERRETDB_LISTEN_UNIX"]).startswith("/tmp/")  # noqa: S108  a mounted volume
    assert "/debug/livez" == container["livenessProbe"]["httpGet"]["path"]


def test_profiles_are_not_for_clients(render: Renderer) -> None:
    """Beside probes the debug port offers profiles and dumps; neither Service nor policy has it."""
    manifests = render("ferretdb")
    (service,) = manifests.one("Service", "ferretdb")["spec"]["ports"]
    policy = manifests.one("NetworkPolicy", "ferretdb")["spec"]

    assert 27017 == service["port"]
    assert [27017] == [port["port"] for rule in policy["ingress"] for port in rule["ports"]]


def test_it_calls_postgresql_only(render: Renderer) -> None:
    """The policy and the labels of the pod name the same service."""
    manifests = render("ferretdb")
    (rule,) = manifests.one("NetworkPolicy", "ferretdb")["spec"]["egress"][2:]
    labels = manifests.pod("Deployment", "ferretdb").labels

    assert {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "postgresql"}}} == rule["to"][
        0
    ]
    assert [5432] == [port["port"] for port in rule["ports"]]
    assert {"postgresql-client"} == {name for name in labels if name.endswith("-client")}


def test_its_secret_is_the_one_that_postgresql_makes(render: Renderer) -> None:
    """Both charts agree on its name and keys without being told."""
    made = render("postgresql").of("Secret")["postgresql-documents"]
    asked = {
        value["secretKeyRef"]["key"]
        for value in _environment(render("ferretdb")).values()
        if isinstance(value, dict)
    }

    assert "postgresql-documents" == made["metadata"]["name"]
    assert asked <= set(made["data"])


def test_jobs_may_call_it(render: Renderer) -> None:
    """Applications on Kubernetes and on YARN carry its client label."""
    template = render("spark").one("ConfigMap", "spark-defaults")["data"]["pod-template.yaml"]
    node = render("hadoop").pod("StatefulSet", "hadoop-nodemanager")

    assert "ferretdb-client" in template
    assert "true" == node.labels["ferretdb-client"]


@pytest.mark.parametrize(
    ("image", "expected"),
    [({}, "medley/spark:0.1.0"), ({"repository": "mine/client", "tag": "3"}, "mine/client:3")],
)
def test_the_test_has_a_client_of_mongodb(
    image: dict[str, str], expected: str, render: Renderer
) -> None:
    """FerretDB's own image has none, Spark's has pymongo."""
    test = render("ferretdb", {"testImage": image}).pod("Pod", "ferretdb-test-documents")

    assert expected == test.container("client")["image"]
    assert {"ferretdb-client"} == {name for name in test.labels if name.endswith("-client")}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"database": {"existingSecret": ""}}, "at '/database/existingSecret': '' does not match"),
        ({"logLevel": "verbose"}, "at '/logLevel': value must be one of 'DEBUG', 'INFO'"),
        ({"goMemLimit": "200Mi"}, "at '/goMemLimit': '200Mi' does not match pattern"),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("ferretdb", values)

    assert message in str(refused.value)
