"""What Kubernetes is asked: applications, pods, and their logs."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from airflow.providers.cncf.kubernetes.kubernetes_helper_functions import generic_api_retry
from airflow.providers.cncf.kubernetes.utils.pod_manager import PodManager
from kubernetes import client, config
from kubernetes.client import ApiException

from launching.errors import JobError
from launching.template import Manifest, Template

GROUP, VERSION, PLURAL = "sparkoperator.k8s.io", "v1beta2", "sparkapplications"

_SECONDS = 30
"""Without a limit a lost connection would hold a task until its own time is up."""
_PATIENCE = 300
_LOG_SECONDS = 24 * 3600
_PAUSE = 2
_NOT_FOUND = 404
_CONFLICT = 409


class Cluster:
    """The namespace in which jobs run. Passing faults of the API are tried again."""

    def __init__(self, namespace: str) -> None:
        """Sign in as the pod's service account, or as KUBECONFIG says."""
        config.load_config()
        self._namespace = namespace
        self._core = client.CoreV1Api()
        self._objects = client.CustomObjectsApi()
        self._custom = {
            "group": GROUP,
            "version": VERSION,
            "namespace": namespace,
            "plural": PLURAL,
            "_request_timeout": _SECONDS,
        }

    @generic_api_retry
    def template(self, config_map: str) -> Template:
        """What jobs look like.

        Raises JobError without that ConfigMap, TemplateError for one that is not the chart's.
        """
        try:
            found = self._core.read_namespaced_config_map(
                config_map, self._namespace, _request_timeout=_SECONDS
            )
        except ApiException as error:
            _check_not_found(error)
            raise JobError(
                f"There is no ConfigMap {config_map} in the namespace {self._namespace}, which "
                "tells what jobs look like: the chart spark makes it. `make deploy-spark` installs "
                "it; under another name it stands in the value spark.application of the chart "
                "airflow."
            ) from error
        return Template.parse(found.data or {})

    @generic_api_retry
    def application(self, name: str) -> Manifest | None:
        """A SparkApplication as it stands; None if there is none."""
        try:
            found: Manifest = self._objects.get_namespaced_custom_object(name=name, **self._custom)
        except ApiException as error:
            _check_not_found(error)
            return None
        return found

    @generic_api_retry
    def applications(self, selector: str) -> list[Manifest]:
        """The SparkApplications with these labels."""
        found = self._objects.list_namespaced_custom_object(label_selector=selector, **self._custom)
        items: list[Manifest] = found["items"]
        return items

    @generic_api_retry
    def create_application(self, manifest: Manifest) -> None:
        """Make a SparkApplication."""
        _once(lambda: self._objects.create_namespaced_custom_object(body=manifest, **self._custom))

    @generic_api_retry
    def delete_application(self, name: str) -> None:
        """Delete a SparkApplication; its pods go with it."""
        try:
            self._objects.delete_namespaced_custom_object(name=name, **self._custom)
        except ApiException as error:
            _check_not_found(error)

    @generic_api_retry
    def pod(self, name: str) -> Any | None:  # noqa: ANN401  the client has no types
        """A pod as it stands; None if there is none."""
        try:
            return self._core.read_namespaced_pod(name, self._namespace, _request_timeout=_SECONDS)
        except ApiException as error:
            _check_not_found(error)
            return None

    @generic_api_retry
    def pods(self, selector: str) -> list[Any]:
        """The pods with these labels."""
        found = self._core.list_namespaced_pod(
            self._namespace, label_selector=selector, _request_timeout=_SECONDS
        )
        return list(found.items)

    @generic_api_retry
    def create_pod(self, manifest: Manifest) -> None:
        """Make a pod."""
        _once(
            lambda: self._core.create_namespaced_pod(
                self._namespace, manifest, _request_timeout=_SECONDS
            )
        )

    @generic_api_retry
    def delete_pod(self, name: str) -> None:
        """Delete a pod."""
        try:
            self._core.delete_namespaced_pod(
                name, self._namespace, grace_period_seconds=5, _request_timeout=_SECONDS
            )
        except ApiException as error:
            _check_not_found(error)

    def await_gone(self, selector: str) -> None:
        """Wait until no pod has these labels; raises JobError when some stay too long."""
        until = time.monotonic() + _PATIENCE
        while left := [pod.metadata.name for pod in self.pods(selector)]:
            if time.monotonic() > until:
                raise JobError(
                    f"Pods of an earlier job do not go away: {', '.join(left)}. Tables have one "
                    f"writer at a time, so this job was not begun. See `kubectl -n "
                    f"{self._namespace} describe pod {left[0]}`."
                )
            time.sleep(_PAUSE)

    def follow_log(self, pod: str, container: str, since: datetime | None = None) -> None:
        """Write a container's log into the task's until it ends, through lost connections.

        Lines from before `since` are left out.
        """
        found = self.pod(pod)
        if found is None:
            return
        try:
            PodManager(self._core).fetch_container_logs(
                found,
                container,
                follow=True,
                since_time=since,
                log_formatter=lambda _, line: line.rstrip(),
                # A container that ended longer ago than this has no log for the provider.
                post_termination_timeout=_LOG_SECONDS,
            )
        except ApiException as error:
            _check_not_found(error)

    def why_not(self, pod: str) -> str:
        """What a pod says of why it does not start, or how it ended; empty if it says nothing."""
        found = self.pod(pod)
        if found is None:
            return f"there is no pod {pod}"
        said = [
            f"{condition.reason}: {condition.message}"
            for condition in found.status.conditions or ()
            if condition.status == "False" and condition.reason == "Unschedulable"
        ]
        for container in _statuses(found):
            waiting, ended = container.state.waiting, container.state.terminated
            if waiting:
                said.append(f"{container.name} waits, {waiting.reason}: {waiting.message or ''}")
            if ended and ended.exit_code:
                said.append(f"{container.name} ended with {ended.exit_code}, {ended.reason}")
        return "; ".join(said)

    def exit_code(self, pod: str, container: str) -> int | None:
        """With what a container ended; None while it runs, or when it is gone."""
        for found in _statuses(self.pod(pod)):
            if found.name == container and found.state.terminated:
                return int(found.state.terminated.exit_code)
        return None


def _statuses(pod: Any | None) -> Iterator[Any]:  # noqa: ANN401  the client has no types
    if pod is not None:
        yield from pod.status.container_statuses or ()


def _once(create: Callable[[], object]) -> None:
    """Create; when the answer to an earlier try was lost, the object is there already."""
    try:
        create()
    except ApiException as error:
        if error.status != _CONFLICT:
            raise


def _check_not_found(error: ApiException) -> None:
    """Bear with `not found`, and raise everything else."""
    if error.status != _NOT_FOUND:
        raise error
