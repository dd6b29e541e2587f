"""The chart kafka: nodes, their votes and copies, and topics."""

import pytest

from tests.charts.rendering import ChartRefusedError, Renderer


def _settings(render: Renderer, values: dict[str, object]) -> dict[str, str]:
    text = render("kafka", values).one("ConfigMap", "kafka")["data"]["server.properties"]
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize(
    ("replicas", "voters", "copies", "minimum"),
    [
        (1, "0@kafka-0.kafka-nodes:9093", "1", "1"),
        (
            3,
            "0@kafka-0.kafka-nodes:9093,1@kafka-1.kafka-nodes:9093,2@kafka-2.kafka-nodes:9093",
            "3",
            "2",
        ),
    ],
)
def test_votes_and_copies_follow_the_nodes(
    replicas: int, voters: str, copies: str, minimum: str, render: Renderer
) -> None:
    """One node keeps one copy; with three one may fail, and writes go on."""
    found = _settings(render, {"replicas": replicas})

    assert voters == found["controller.quorum.voters"]
    assert {copies} == {value for key, value in found.items() if "replication.factor" in key}
    assert {minimum} == {
        value for key, value in found.items() if key.endswith((".isr", "min.insync.replicas"))
    }


def test_five_nodes_keep_three_copies(render: Renderer) -> None:
    """More nodes share the load; they do not copy more often."""
    found = _settings(render, {"replicas": 5})

    assert 5 == len(found["controller.quorum.voters"].split(","))
    assert "3" == found["default.replication.factor"]


def test_several_nodes_are_not_drained_at_once(render: Renderer) -> None:
    """A budget keeps the majority; one node alone must not block a drain."""
    assert {} == render("kafka").of("PodDisruptionBudget")
    budget = render("kafka", {"replicas": 3}).one("PodDisruptionBudget", "kafka")
    assert 1 == budget["spec"]["maxUnavailable"]


def test_the_cluster_id_stays(render: Renderer) -> None:
    """Each rendering gives the same, as the volumes bear it; another namespace another one."""
    ids = [
        manifests.pod("StatefulSet", "kafka").environment("kafka")["CLUSTER_ID"]
        for manifests in (
            render("kafka"),
            render.fresh("kafka"),
            render("kafka", namespace="elsewhere"),
        )
    ]

    assert ids[0] == ids[1] != ids[2]
    assert 22 == len(ids[0])


def test_the_job_knows_topics_and_their_settings(render: Renderer) -> None:
    """A line for each: name, partitions, settings as kafka-configs.sh takes them."""
    topics = [
        {"name": "plain", "partitions": 2},
        {
            "name": "kept",
            "partitions": 1,
            "config": {"retention.ms": 604_800_000, "cleanup.policy": "compact"},
        },
    ]
    setup = render("kafka", {"topics": topics}).one("ConfigMap", "kafka-setup")

    assert (
        "plain 2\nkept 1 cleanup.policy=compact,retention.ms=604800000\n" == setup["data"]["topics"]
    )


def test_without_topics_there_is_no_job(render: Renderer) -> None:
    """Nothing to make, nothing to wait for."""
    assert {} == render("kafka", {"topics": []}).of("Job")


def test_settings_are_added(render: Renderer) -> None:
    """Beside the chart's own, as they are written."""
    found = _settings(render, {"config": {"log.segment.bytes": 1_073_741_824}})

    assert "1073741824" == found["log.segment.bytes"]
    assert "168" == found["log.retention.hours"]


def test_a_changed_setting_restarts_the_nodes(render: Renderer) -> None:
    """And a new version of the chart alone does not: the checksum is of the settings."""

    def checksum(values: dict[str, object]) -> str:
        spec = render("kafka", values).one("StatefulSet", "kafka")["spec"]
        return str(spec["template"]["metadata"]["annotations"]["checksum/config"])

    assert checksum({}) == checksum({"podAnnotations": {"note": "x"}})
    assert checksum({}) != checksum({"config": {"log.retention.hours": 1}})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"replicas": 2}, "at '/replicas': value must be one of 1, 3, 5"),
        (
            {"replicas": 3, "persistence": {"existingClaim": "mine"}},
            "one claim cannot serve 3 nodes",
        ),
        ({"config": {"node.id": 7}}, 'config: "node.id" is set by the chart'),
        ({"config": {"process.roles": "broker"}}, 'config: "process.roles" is set by the chart'),
        (
            {"topics": [{"name": "a", "partitions": 1}, {"name": "a", "partitions": 2}]},
            'topics: "a" is listed twice',
        ),
        ({"topics": [{"name": "a b", "partitions": 1}]}, "'a b' does not match pattern"),
        ({"topics": [{"name": "a", "partitions": 0}]}, "minimum: got 0, want 1"),
        ({"heap": "1Gi"}, "at '/heap': '1Gi' does not match pattern"),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("kafka", values)

    assert message in str(refused.value)
