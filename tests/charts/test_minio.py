"""The chart minio: buckets, users, and who may do what."""

import json

import pytest

from tests.charts.rendering import ChartRefusedError, Renderer

USERS = [{"name": "etl", "access": "readwrite", "buckets": ["lake"]}]


def test_each_user_has_a_secret_of_its_own(render: Renderer) -> None:
    """The names and keys that other charts rely on."""
    secrets = render("minio").of("Secret")

    keys = {name: set(secret["data"]) for name, secret in secrets.items()}
    own = {"access-key", "secret-key"}
    assert {
        "minio-root": {"root-user", "root-password"},
        "minio-spark": own,
        "minio-mlflow": own,
        "minio-trino": own,
        "minio-history": own,
    } == keys


def test_secrets_of_ones_own_replace_the_generated_ones(render: Renderer) -> None:
    """With `existingSecret` nothing is generated, and server and job read the given ones."""
    values = {
        "auth": {"existingSecret": "admin"},
        "users": [{**USERS[0], "existingSecret": "etl-keys"}],
    }
    manifests = render("minio", values)
    server, setup = manifests.pod("StatefulSet", "minio"), manifests.pod("Job", "minio-setup")

    assert {} == manifests.of("Secret")
    assert {"secretKeyRef": {"name": "admin", "key": "root-password"}} == server.environment(
        "minio"
    )["MINIO_ROOT_PASSWORD"]
    assert {"admin", "etl-keys"} == {
        volume["secret"]["secretName"] for volume in setup.spec["volumes"] if "secret" in volume
    }


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ("readonly", {"s3:GetObject"}),
        (
            "readwrite",
            {
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            },
        ),
    ],
)
def test_a_policy_names_the_users_buckets_only(
    access: str, expected: set[str], render: Renderer
) -> None:
    """What a user may do with objects, and in which buckets."""
    users = [{"name": "etl", "access": access, "buckets": ["lake", "landing"]}]
    setup = render("minio", {"users": users}).one("ConfigMap", "minio-setup")
    on_buckets, on_objects = json.loads(setup["data"]["policy-etl.json"])["Statement"]

    assert ["arn:aws:s3:::lake", "arn:aws:s3:::landing"] == on_buckets["Resource"]
    assert ["arn:aws:s3:::lake/*", "arn:aws:s3:::landing/*"] == on_objects["Resource"]
    assert expected == set(on_objects["Action"])
    assert not [action for action in on_buckets["Action"] if "Delete" in action]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"buckets": ["lake"]}, 'the bucket "landing" is not among `buckets` (lake)'),
        ({"users": [*USERS, *USERS]}, 'the name "etl" is taken'),
        ({"users": [{**USERS[0], "name": "root"}]}, 'the name "root" is taken'),
        ({"users": [{**USERS[0], "access": "all"}]}, "must be one of 'readwrite', 'readonly'"),
        ({"users": [{**USERS[0], "name": "x"}]}, "'x' does not match pattern"),
        ({"buckets": ["Lake"]}, "'Lake' does not match pattern"),
        ({"persistence": {"size": "big"}}, "at '/persistence/size': 'big' does not match"),
        ({"goMemLimit": "400Mi"}, "at '/goMemLimit': '400Mi' does not match"),
    ],
)
def test_wrong_values_are_refused(
    values: dict[str, object], message: str, render: Renderer
) -> None:
    """At install, with a sentence, not later in a pod."""
    with pytest.raises(ChartRefusedError) as refused:
        render("minio", values)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("persistence", "claims", "volume"),
    [
        ({}, 1, None),
        ({"existingClaim": "mine"}, 0, {"persistentVolumeClaim": {"claimName": "mine"}}),
        ({"enabled": False}, 0, {"emptyDir": {}}),
    ],
)
def test_where_objects_lie(
    persistence: dict[str, object],
    claims: int,
    volume: dict[str, object] | None,
    render: Renderer,
) -> None:
    """On a claim of the StatefulSet, on one's own, or nowhere that lasts."""
    manifests = render("minio", {"persistence": persistence})
    spec = manifests.one("StatefulSet", "minio")["spec"]
    volumes = {found["name"]: found for found in spec["template"]["spec"]["volumes"]}

    assert claims == len(spec.get("volumeClaimTemplates", []))
    assert ({"name": "data", **volume} if volume else None) == volumes.get("data")
