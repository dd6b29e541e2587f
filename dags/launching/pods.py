"""What the pods of jobs look like, as the chart `spark` has it: pure data, and no webhook needed.

Names of Secrets, ConfigMaps and the ServiceAccount are those that the charts give by default.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Manifest = dict[str, Any]

SERVICE_ACCOUNT = "spark"
PIPELINE_LABEL = "medley.dev/pipeline"
JOB_LABEL = "medley.dev/job"
JOB_FILE = "/opt/medley/job.py"
"""`medley` as a file of the images: what Spark, or Python alone, is told to run."""

_UID = 185
_CLIENT_OF = ("minio", "hdfs", "yarn", "mlflow", "postgresql", "ferretdb", "kafka", "trino")
_WRITABLE = {"tmp": ("/tmp", "4Gi"), "work": ("/opt/spark/work-dir", "1Gi")}  # noqa: S108
_MOUNTED = {
    "spark-defaults": "/etc/medley/spark",
    "hadoop-conf": "/opt/hadoop/conf",
}
"""ConfigMaps by the folders in which the images look for them."""


def labels(pipeline: str, job: str) -> dict[str, str]:
    """What lets a pod through to the services that jobs call, and tells whose it is."""
    return {
        "medley.dev/spark": "true",
        **{f"{service}-client": "true" for service in _CLIENT_OF},
        PIPELINE_LABEL: pipeline,
        JOB_LABEL: job,
    }


def pod_template(
    container: str,
    pod_labels: Mapping[str, str],
    *,
    config_maps: Sequence[str] = (),
    token: bool = False,
) -> Manifest:
    """A pod with everything but its image, its command and its size.

    Args:
        container: The name of its one container.
        pod_labels: Of the pod.
        config_maps: Of those that the images know, the ones to mount.
        token: Whether the pod calls the Kubernetes API.
    """
    mounts = {name: _MOUNTED[name] for name in config_maps}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": dict(pod_labels)},
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": SERVICE_ACCOUNT,
            "automountServiceAccountToken": token,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _UID,
                "runAsGroup": _UID,
                "fsGroup": _UID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": container,
                    "envFrom": [{"configMapRef": {"name": "spark-settings"}}],
                    "env": [
                        _secret("AWS_ACCESS_KEY_ID", "minio-spark", "access-key"),
                        _secret("AWS_SECRET_ACCESS_KEY", "minio-spark", "secret-key"),
                        # Where there is one, it comes before what spark-settings says.
                        _secret("MEDLEY_DOCUMENTS", "spark-documents", "uri", optional=True),
                    ],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [
                        *({"name": n, "mountPath": path} for n, (path, _) in _WRITABLE.items()),
                        *(
                            {"name": n, "mountPath": path, "readOnly": True}
                            for n, path in mounts.items()
                        ),
                    ],
                }
            ],
            "volumes": [
                *(
                    {"name": n, "emptyDir": {"sizeLimit": most}}
                    for n, (_, most) in _WRITABLE.items()
                ),
                *({"name": n, "configMap": {"name": n}} for n in mounts),
            ],
        },
    }


def program_pod(
    name: str,
    template: Manifest,
    image: str,
    arguments: Sequence[str],
    memory_mib: int,
) -> Manifest:
    """A pod of that template which runs one program and is done."""
    container = template["spec"]["containers"][0]
    container |= {
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": list(arguments),
        "resources": {
            "requests": {"cpu": "50m", "memory": f"{memory_mib}Mi"},
            "limits": {"memory": f"{memory_mib}Mi"},
        },
    }
    template["metadata"]["name"] = name
    return template


def _secret(variable: str, name: str, key: str, **more: bool) -> Manifest:
    return {
        "name": variable,
        "valueFrom": {"secretKeyRef": {"name": name, "key": key, **more}},
    }
