"""The chart postgresql: databases, owners, and the Secrets that others read."""

from base64 import b64decode

import pytest

from tests.charts.rendering import ChartRefusedError, Renderer


def test_each_database_has_a_secret_of_its_own(render: Renderer) -> None:
    """The names that other charts rely on."""
    assert {
        "postgresql-superuser",
        "postgresql-airflow",
        "postgresql-mlflow",
        "postgresql-serving",
        "postgresql-documents",
    } == set(render("postgresql").of("Secret"))


def test_a_secret_says_all_that_a_client_needs(render: Renderer) -> None:
    """Its parts, and the same in one address for SQLAlchemy."""
    databases = [{"name": "web_shop", "owner": "keeper"}]
    secret = render("postgresql", {"databases": databases}).one("Secret", "postgresql-web-shop")
    found = {key: b64decode(value).decode() for key, value in secret["data"].items()}
    password = found.pop("password")

    assert {
        "host": "postgresql",
        "port": "5432",
        "database": "web_shop",
        "username": "keeper",
        "uri": f"postgresql+psycopg2://keeper:{password}@postgresql:5432/web_shop",
    } == found
    assert len(password) == 32


def test_secrets_of_ones_own_replace_the_generated_ones(render: Renderer) -> None:
    """With `existingSecret` nothing is generated, and server and job read the given ones."""
    values = {
        "auth": {"existingSecret": "admin"},
        "databases": [{"name": "mlflow", "existingSecret": "mlflow-login"}],
    }
    manifests = render("postgresql", values)

    assert {} == manifests.of("Secret")
    for kind, name, expected in [
        ("StatefulSet", "postgresql", {"admin"}),
        ("Job", "postgresql-setup", {"admin", "mlflow-login"}),
    ]:
        volumes = manifests.pod(kind, name).spec["volumes"]
        assert expected == {
            volume["secret"]["secretName"] for volume in volumes if "secret" in volume
        }


def test_the_job_knows_databases_and_owners(render: Renderer) -> None:
    """The owner is named after the database unless the values say otherwise."""
    databases = [{"name": "mlflow"}, {"name": "serving", "owner": "publisher"}]
    setup = render("postgresql", {"databases": databases}).one("ConfigMap", "postgresql-setup")

    assert "mlflow mlflow\nserving publisher\n" == setup["data"]["databases"]


def test_the_job_runs_at_upgrades_too(render: Renderer) -> None:
    """A database that is added later is made, though the data folder is there already."""
    job = render("postgresql").one("Job", "postgresql-setup")

    assert "post-install,post-upgrade" == job["metadata"]["annotations"]["helm.sh/hook"]


def test_settings_reach_the_server_as_they_are_written(render: Renderer) -> None:
    """Large numbers are not written with an exponent."""
    config = {"max_connections": 20_000_000, "work_mem": "8MB", "jit": False}
    server = render("postgresql", {"config": config}).pod("StatefulSet", "postgresql")
    arguments = server.container("postgresql")["args"]

    assert {"max_connections=20000000", "work_mem=8MB", "jit=false"} <= set(arguments)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"databases": [{"name": "a"}, {"name": "a"}]}, 'the name "a" is taken'),
        ({"databases": [{"name": "superuser"}]}, 'the name "superuser" is taken'),
        ({"databases": [{"name": "postgres"}]}, '"postgres" is one of PostgreSQL\'s own names'),
        (
            {"databases": [{"name": "a", "owner": "pg_monitor"}]},
            '"pg_monitor" is one of PostgreSQL\'s own names',
        ),
        (
            {"databases": [{"name": "a"}, {"name": "b", "owner": "a"}]},
            '"a" owns two databases',
        ),
        ({"databases": [{"name": "Web-Shop"}]}, "'Web-Shop' does not match pattern"),
        ({"databases": [{"owner": "a"}]}, "missing property 'name'"),
        ({"config": {"a b": 1}}, "'a b' does not match pattern"),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("postgresql", values)

    assert message in str(refused.value)
