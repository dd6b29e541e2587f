"""The chart trino: its catalogs, and who may do what in them."""

import json
import re
from typing import Any

import pytest

from tests.charts.rendering import ChartRefusedError, Manifests, Renderer


def _properties(manifests: Manifests, config: str, file: str) -> dict[str, str]:
    """A properties file of a ConfigMap."""
    lines = manifests.one("ConfigMap", config)["data"][file].splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _rules(manifests: Manifests) -> dict[str, list[dict[str, Any]]]:
    return dict(json.loads(manifests.one("ConfigMap", "trino")["data"]["rules.json"]))


def _first(rules: list[dict[str, Any]], **question: str) -> dict[str, Any]:
    """The rule that Trino takes: the first whose patterns all match."""
    return next(
        rule
        for rule in rules
        if all(re.fullmatch(rule.get(key, ".*"), value) for key, value in question.items())
    )


@pytest.mark.parametrize("user", ["publisher", "ada"])
def test_nobody_writes_into_tables(user: str, render: Renderer) -> None:
    """Spark is the one writer: Trino would be a second one beside it."""
    rule = _first(_rules(render("trino"))["tables"], user=user, catalog="lake")

    assert not {"INSERT", "UPDATE", "DELETE"} & set(rule["privileges"])
    assert "SELECT" in rule["privileges"]


def test_only_the_publisher_registers_tables(render: Renderer) -> None:
    """Schemas and registrations are the publisher's; others get read-only catalogs."""
    rules = _rules(render("trino", {"publisher": "medley"}))

    assert _first(rules["catalogs"], user="medley", catalog="lake")["allow"] == "all"
    assert _first(rules["schemas"], user="medley", catalog="lake", schema="movies")["owner"]
    assert not _first(rules["schemas"], user="ada", catalog="lake", schema="movies")["owner"]
    assert {"medley"} == {rule["user"] for rule in rules["procedures"]}
    for catalog in ("lake", "serving", "system"):
        assert _first(rules["catalogs"], user="ada", catalog=catalog)["allow"] == "read-only"


def test_the_lake_lies_on_the_store(render: Renderer) -> None:
    """Where the catalog finds schemas, tables and its keys."""
    lake = _properties(render("trino"), "trino-catalogs", "lake.properties")

    assert {
        "connector.name": "delta_lake",
        "hive.metastore.catalog.dir": "s3://lake/_catalog",
        "s3.endpoint": "http://minio:9000",
        "s3.aws-secret-key": "${ENV:S3_SECRET_KEY}",
        "delta.register-table-procedure.enabled": "true",
        "delta.enable-non-concurrent-writes": "false",
        "fs.hadoop.enabled": "true",
    }.items() <= lake.items()


def test_what_is_switched_off_leaves_no_trace(render: Renderer) -> None:
    """Without HDFS and PostgreSQL there is no catalog, key, label or rule for them."""
    manifests = render("trino", {"hdfs": {"enabled": False}, "serving": {"enabled": False}})
    server = manifests.pod("Deployment", "trino")
    egress = manifests.one("NetworkPolicy", "trino")["spec"]["egress"]

    assert {"lake.properties"} == set(manifests.one("ConfigMap", "trino-catalogs")["data"])
    assert "core-site.xml" not in manifests.one("ConfigMap", "trino")["data"]
    assert {"S3_ACCESS_KEY", "S3_SECRET_KEY"} == set(server.environment("trino"))
    assert {"minio-client"} == {name for name in server.labels if name.endswith("-client")}
    assert [9000] == [port["port"] for rule in egress[2:] for port in rule["ports"]]
    assert "serving" not in _rules(manifests)["catalogs"][1]["catalog"]


def test_a_query_fits_into_the_heap(render: Renderer) -> None:
    """What the values say arrives in Trino's settings."""
    manifests = render("trino", {"memory": {"heapMiB": 2048, "queryMiB": 1433}})
    config = _properties(manifests, "trino", "config.properties")

    assert config["query.max-memory-per-node"] == "1433MB"
    assert "-Xmx2048M" in manifests.one("ConfigMap", "trino")["data"]["jvm.config"].split()


def test_a_change_of_the_configuration_restarts_it(render: Renderer) -> None:
    """Trino reads its catalogs only at the start."""
    checksums = {
        render("trino", values).one("Deployment", "trino")["spec"]["template"]["metadata"][
            "annotations"
        ]["checksum/config"]
        for values in ({}, {"publisher": "other"}, {"lake": {"region": "eu-1"}})
    }

    assert len(checksums) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"memory": {"queryMiB": 900}}, "memory.queryMiB is 900; expected at most 716"),
        ({"memory": {"heapMiB": 100}}, "at '/memory/heapMiB': minimum: got 100, want 768"),
        ({"publisher": ".*"}, "at '/publisher': '.*' does not match"),
        ({"lake": {"catalogDirectory": "/lake"}}, "'/lake' does not match pattern"),
        ({"hdfs": {"uri": "namenode:8020"}}, "'namenode:8020' does not match pattern"),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("trino", values)

    assert message in str(refused.value)
