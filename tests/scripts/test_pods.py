"""What `make status` says of pods, from what the cluster says of them."""

import io
import json
from typing import Any

import pytest

from scripts import pods
from scripts.pods import look

Json = dict[str, Any]


def _pod(**status: Any) -> Json:  # noqa: ANN401  whatever a status may hold
    return {"metadata": {"name": "minio-0"}, "status": status}


def _container(state: Json, **more: Any) -> Json:  # noqa: ANN401
    return {"name": "minio", "state": state, "ready": False, "restartCount": 0, **more}


_READY = _pod(
    phase="Running",
    conditions=[{"type": "Ready", "status": "True"}],
    containerStatuses=[_container({"running": {}}, ready=True)],
)


def test_a_pod_that_works_is_ready() -> None:
    """Nothing else is said of it."""
    pod = look(_READY)

    assert ("ready", "") == (pod.state, pod.reason)


def test_a_finished_job_is_done() -> None:
    """A pod that has succeeded is not ready, and nothing is wrong."""
    pod = look(_pod(phase="Succeeded", conditions=[{"type": "Ready", "status": "False"}]))

    assert ("done", "") == (pod.state, pod.reason)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            {
                "conditions": [
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/1 nodes are available: 1 Insufficient cpu.",
                    }
                ]
            },
            "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.",
        ),
        (
            {
                "containerStatuses": [
                    _container(
                        {"waiting": {"reason": "ImagePullBackOff", "message": "no such\nhost"}}
                    )
                ]
            },
            "minio: ImagePullBackOff: no such host",
        ),
        (
            {
                "containerStatuses": [
                    _container(
                        {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                        lastState={"terminated": {"reason": "OOMKilled", "exitCode": 137}},
                    )
                ]
            },
            "minio: CrashLoopBackOff: OOMKilled, exit code 137",
        ),
        (
            {
                "initContainerStatuses": [
                    _container(
                        {
                            "waiting": {
                                "reason": "CreateContainerConfigError",
                                "message": 'secret "minio-root" not found',
                            }
                        }
                    )
                ]
            },
            'minio: CreateContainerConfigError: secret "minio-root" not found',
        ),
        (
            {
                "phase": "Failed",
                "containerStatuses": [
                    _container({"terminated": {"reason": "Error", "exitCode": 2}})
                ],
            },
            "minio: Error, exit code 2",
        ),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."},
            "Evicted: The node was low on memory.",
        ),
    ],
)
def test_a_pod_that_cannot_start_is_stuck(status: Json, reason: str) -> None:
    """The reason is the cluster's own, with the message that explains it."""
    pod = look(_pod(**{"phase": "Pending", **status}))

    assert ("stuck", reason) == (pod.state, pod.reason)


def test_a_starting_pod_tells_what_it_waits_for() -> None:
    """A container that is being made, or not ready yet, is no fault."""
    pod = look(
        _pod(
            phase="Pending",
            initContainerStatuses=[
                {**_container({"terminated": {"exitCode": 0}}), "name": "format"}
            ],
            containerStatuses=[_container({"waiting": {"reason": "ContainerCreating"}})],
        )
    )

    assert ("starting", "waits for: minio") == (pod.state, pod.reason)


def test_a_stuck_pod_is_named_and_the_goal_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lists of several namespaces are read; each pod has a line, and a reason one more."""
    failed = _pod(
        phase="Running",
        containerStatuses=[
            _container({"terminated": {"reason": "Error", "exitCode": 1}}, restartCount=3)
        ],
    )
    lists = [{"items": [_READY]}, {"items": [failed]}]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(json.dumps(one) for one in lists)))

    code = pods.main()

    assert 1 == code
    assert [
        "ready     minio-0",
        "stuck     minio-0, 3 restarts",
        "          minio: Error, exit code 1",
    ] == capsys.readouterr().out.splitlines()


def test_an_empty_cluster_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No pods is not the same as all well."""
    monkeypatch.setattr("sys.stdin", io.StringIO('{"items": []}'))

    assert 1 == pods.main()
    assert "make cluster-up" in capsys.readouterr().out
