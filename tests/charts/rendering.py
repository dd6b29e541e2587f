"""Renders charts as `helm install` would, into objects that tests can ask."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from jobs.errors import MedleyError

ROOT = Path(__file__).parents[2]
KIND_CONFIG: dict[str, Any] = yaml.safe_load(
    (ROOT / "kind-config.yaml").read_text(encoding="utf-8")
)
KUBERNETES = KIND_CONFIG["nodes"][0]["image"].removeprefix("kindest/node:v")
"""The version that the charts are rendered for and checked against."""

Manifest = dict[str, Any]

LONG_RUNNING = ("Deployment", "StatefulSet", "DaemonSet")
"""Kinds whose pods run until they are stopped."""

# The fast loader where PyYAML has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ChartRefusedError(MedleyError):
    """Helm refused the values; the message is what the user sees."""


@dataclass(frozen=True)
class Pod:
    """A pod, or what a workload makes pods from."""

    owner: Manifest
    """The object that it stands in: a Pod, a Job, a StatefulSet, …"""
    labels: Mapping[str, str]
    spec: Manifest

    def __str__(self) -> str:
        """As in a message: StatefulSet/minio."""
        return f"{self.owner['kind']}/{self.owner['metadata']['name']}"

    @property
    def runs_on(self) -> bool:
        """Whether it runs until it is stopped."""
        return self.owner["kind"] in LONG_RUNNING

    @property
    def containers(self) -> list[Manifest]:
        """All containers, those that only prepare first."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def container(self, name: str) -> Manifest:
        """A container by its name."""
        return next(found for found in self.containers if found["name"] == name)

    def environment(self, container: str) -> dict[str, Any]:
        """What a container's variables are set to: a value, or where it comes from."""
        entries = self.container(container).get("env", [])
        return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in entries}


class Manifests:
    """What one chart makes of one set of values."""

    def __init__(self, text: str) -> None:
        """Parse what `helm template` printed."""
        self.text = text
        self.all: list[Manifest] = [found for found in yaml.load_all(text, Loader=_Loader) if found]

    def of(self, kind: str) -> dict[str, Manifest]:
        """All objects of a kind by name."""
        return {found["metadata"]["name"]: found for found in self.all if found["kind"] == kind}

    def one(self, kind: str, name: str) -> Manifest:
        """The object of this kind and name."""
        return self.of(kind)[name]

    @cached_property
    def pods(self) -> list[Pod]:
        """The pods of all objects, of hooks and tests too."""
        return list(self._pods())

    def _pods(self) -> Iterator[Pod]:
        for found in self.all:
            template = found.get("spec", {})
            if found["kind"] == "CronJob":
                template = template["jobTemplate"]["spec"]
            if found["kind"] == "Pod":
                yield Pod(found, found["metadata"].get("labels", {}), found["spec"])
            elif "template" in template:
                pod = template["template"]
                yield Pod(found, pod["metadata"].get("labels", {}), pod["spec"])

    def pod(self, kind: str, name: str) -> Pod:
        """The pod of the object of this kind and name."""
        wanted = self.one(kind, name)
        return next(pod for pod in self.pods if pod.owner is wanted)


@dataclass(frozen=True)
class Chart:
    """A folder in charts/."""

    folder: Path

    def __str__(self) -> str:
        """The chart's name."""
        return self.folder.name

    @property
    def name(self) -> str:
        """The folder's name, which is the chart's."""
        return self.folder.name

    def file(self, name: str) -> str:
        """The text of one of its files."""
        return (self.folder / name).read_text(encoding="utf-8")

    @cached_property
    def about(self) -> Manifest:
        """Chart.yaml."""
        return dict(yaml.safe_load(self.file("Chart.yaml")))

    @cached_property
    def values(self) -> Manifest:
        """values.yaml."""
        return dict(yaml.safe_load(self.file("values.yaml")))

    @cached_property
    def schema(self) -> Manifest:
        """values.schema.json."""
        return dict(json.loads(self.file("values.schema.json")))

    @property
    def scenarios(self) -> list[Path]:
        """Values files for one use each, such as ci/kind-values.yaml."""
        return sorted(self.folder.glob("ci/*-values.yaml"))


CHARTS = [
    Chart(path.parent)
    for path in sorted(ROOT.glob("charts/*/Chart.yaml"))
    if (path.parent / "values.yaml").exists()
]
"""All charts that can be installed: the library has no values, spark-operator only values."""


class Renderer:
    """Renders each chart with each set of values once."""

    def __init__(self, helm: Path, home: Path) -> None:
        """Name the program and an empty folder, so that no setting of the user's gets in."""
        self.helm = helm
        self._environment = {
            "HOME": str(home),
            "HELM_CONFIG_HOME": str(home),
            "HELM_CACHE_HOME": str(home),
            "HELM_DATA_HOME": str(home),
            "KUBECONFIG": str(home / "none"),
        }
        self._rendered: dict[str, Manifests] = {}

    def __call__(
        self,
        chart: str,
        values: Mapping[str, Any] | None = None,
        scenario: Path | None = None,
        namespace: str = "medley",
    ) -> Manifests:
        """The objects that a chart makes of its own values, a scenario's, and these.

        Raises ChartRefusedError with helm's message when the chart refuses the values.
        """
        text = json.dumps(values or {}, sort_keys=True)
        key = f"{chart} {scenario} {namespace} {text}"
        if key not in self._rendered:
            self._rendered[key] = Manifests(self._template(chart, text, scenario, namespace))
        return self._rendered[key]

    def fresh(self, chart: str) -> Manifests:
        """As the chart with its own values, but rendered again."""
        return Manifests(self._template(chart, "{}", None, "medley"))

    def _template(self, chart: str, values: str, scenario: Path | None, namespace: str) -> str:
        command = ["template", chart, f"charts/{chart}", "--namespace", namespace]
        command += ["--kube-version", KUBERNETES]
        command += ["--values", str(scenario)] if scenario else []
        done = self.run(*command, "--values", "-", stdin=values)
        if done.returncode != 0:
            raise ChartRefusedError(done.stderr)
        return done.stdout

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Start helm in the repository's root."""
        return subprocess.run(
            [self.helm, *arguments],
            input=stdin,
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
