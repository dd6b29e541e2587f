"""The chart airflow: three services on one database, and what tasks may do in the cluster."""

import base64

import pytest

from tests.charts.rendering import ChartRefusedError, Manifests, Pod, Renderer

SERVICES = {
    "airflow-api": "api-server",
    "airflow-scheduler": "scheduler",
    "airflow-dag-processor": "dag-processor",
}


def _migration(manifests: Manifests) -> Pod:
    """The pod of the one job."""
    (name,) = manifests.of("Job")
    return manifests.pod("Job", name)


def test_all_pods_agree(render: Renderer) -> None:
    """Database, keys and settings are the same everywhere, or tokens of one fail at the other."""
    manifests = render("airflow")
    expected = manifests.pod("Deployment", "airflow-api").environment("api-server")

    for name, container in SERVICES.items():
        pod = manifests.pod("Deployment", name)
        assert expected == pod.environment(container)
        assert expected == pod.environment("wait-for-database")
    assert expected.items() <= _migration(manifests).environment("migrate").items()


def test_services_wait_for_the_migration(render: Renderer) -> None:
    """It is a plain job: a hook would come after the pods that wait for it."""
    manifests = render("airflow")
    (job,) = manifests.of("Job").values()

    assert "annotations" not in job["metadata"]
    for name in SERVICES:
        waiting = manifests.pod("Deployment", name).container("wait-for-database")
        assert ["db", "check-migrations"] == waiting["args"][:2]


@pytest.mark.parametrize(
    "values",
    [{"image": {"tag": "2"}}, {"auth": {"username": "me"}}, {"auth": {"existingSecret": "mine"}}],
)
def test_a_change_makes_another_job(values: dict[str, object], render: Renderer) -> None:
    """A job cannot be changed; without a change it is the same and does not run again."""
    assert set(render("airflow").of("Job")) == set(render.fresh("airflow").of("Job"))
    assert set(render("airflow").of("Job")) != set(render("airflow", values).of("Job"))


def test_keys_are_generated_in_their_forms(render: Renderer) -> None:
    """A Fernet key is 32 bytes in the alphabet of URLs; the others are long."""
    data = render("airflow").one("Secret", "airflow-keys")["data"]
    keys = {name: base64.b64decode(value) for name, value in data.items()}

    assert {"fernet-key", "jwt-secret", "api-secret-key"} == set(keys)
    assert len(base64.urlsafe_b64decode(keys["fernet-key"])) == 32
    assert min(len(keys["jwt-secret"]), len(keys["api-secret-key"])) == 32


def test_secrets_of_ones_own_replace_the_generated_ones(render: Renderer) -> None:
    """With `existingSecret` nothing is generated, and all read the given ones."""
    values = {"auth": {"existingSecret": "login"}, "keys": {"existingSecret": "ours"}}
    manifests = render("airflow", values)
    migration = _migration(manifests).environment("migrate")

    assert {} == manifests.of("Secret")
    assert {"secretKeyRef": {"name": "login", "key": "password"}} == migration["ADMIN_PASSWORD"]
    assert {"secretKeyRef": {"name": "ours", "key": "fernet-key"}} == migration[
        "AIRFLOW__CORE__FERNET_KEY"
    ]


def test_the_alert_hook_may_be_missing(render: Renderer) -> None:
    """Without the Secret the variable is unset, and the pods start all the same."""
    scheduler = render("airflow").pod("Deployment", "airflow-scheduler")

    assert scheduler.environment("scheduler")["MEDLEY_ALERT_WEBHOOK"] == {
        "secretKeyRef": {"name": "airflow-alerts", "key": "url", "optional": True}
    }


def test_only_the_scheduler_holds_a_key_to_the_cluster(render: Renderer) -> None:
    """Tasks run there; nobody else calls the API."""
    manifests = render("airflow")

    assert {"Deployment/airflow-scheduler"} == {
        str(pod) for pod in manifests.pods if pod.spec["automountServiceAccountToken"]
    }


def test_tasks_may_do_what_they_do_and_no_more(render: Renderer) -> None:
    """In particular they read no Secret, and of the ConfigMaps one."""
    rules = render("airflow").one("Role", "airflow")["rules"]

    assert {
        "sparkapplications": {"create", "get", "list", "delete"},
        "pods": {"create", "get", "list", "delete"},
        "pods/log": {"get"},
        "configmaps": {"get"},
    } == {rule["resources"][0]: set(rule["verbs"]) for rule in rules}


def test_a_stopped_scheduler_leaves_its_applications_running(render: Renderer) -> None:
    """Tasks are not told, and are gone before the next scheduler asks them to stop.

    The image's init passes signals on to its child alone; Airflow takes a scheduler for dead after
    30 s without a sign of life.
    """
    scheduler = render("airflow").pod("Deployment", "airflow-scheduler")

    assert "0" == scheduler.environment("scheduler")["DUMB_INIT_SETSID"]
    assert scheduler.spec["terminationGracePeriodSeconds"] < 30


def test_tasks_logs_are_read_where_they_are_shown(render: Renderer) -> None:
    """Scheduler and api-server share a volume; the DAG processor has its own."""
    manifests = render("airflow")
    logs = {
        name: next(
            volume
            for volume in manifests.pod("Deployment", name).spec["volumes"]
            if volume["name"] == "logs"
        )
        for name in SERVICES
    }

    claim = {"claimName": "airflow-logs"}
    assert claim == logs["airflow-api"].get("persistentVolumeClaim")
    assert claim == logs["airflow-scheduler"].get("persistentVolumeClaim")
    assert "emptyDir" in logs["airflow-dag-processor"]
    mine = render("airflow", {"logs": {"existingClaim": "mine"}})
    assert {} == mine.of("PersistentVolumeClaim")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"database": {"existingSecret": ""}}, "at '/database/existingSecret': '' does not match"),
        ({"logs": {"accessMode": "ReadOnlyMany"}}, "must be one of 'ReadWriteOnce'"),
        ({"publish": {"trino": "http://trino:8080"}}, "at '/publish/trino'"),
        ({"spark": {"image": "medley/jobs:1"}}, "additional properties 'image' not allowed"),
        ({"spark": {"application": ""}}, "at '/spark/application': '' does not match"),
        ({"auth": {"password": "secret"}}, "additional properties 'password' not allowed"),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("airflow", values)

    assert message in str(refused.value)
