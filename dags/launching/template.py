"""What jobs look like, as the ConfigMap of the chart `spark` tells: pure data, without Airflow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Manifest = dict[str, Any]

KEY = "application.yaml"
"""Of the ConfigMap's data."""


class TemplateError(Exception):
    """The ConfigMap is not what the chart `spark` makes."""


@dataclass(frozen=True)
class Template:
    """What a job is filled into."""

    together: bool
    """Whether a run makes one application of all layers, when it does not say so itself."""
    sizes: Mapping[str, Manifest]
    """By kinds of jobs: what a SparkApplication's spec says of sizes."""
    application: Manifest
    """A SparkApplication."""
    submit: Manifest
    """The pod that submits to YARN; arguments of spark-submit come after its own."""
    program: Manifest
    """The pod that runs `medley` without Spark; arguments come after its own."""

    @classmethod
    def parse(cls, data: Mapping[str, str]) -> "Template":
        """Read the data of a ConfigMap; raises TemplateError."""
        try:
            document = yaml.safe_load(data[KEY])
            return cls(**{name: document[name] for name in cls.__dataclass_fields__})
        except (KeyError, TypeError, yaml.YAMLError) as error:
            raise TemplateError(
                f"The ConfigMap that tells what jobs look like has no {KEY} with "
                f"{', '.join(cls.__dataclass_fields__)}: {type(error).__name__} {error}. Is the "
                "chart spark as new as Airflow's image?"
            ) from error

    def size(self, kind: str) -> Manifest:
        """The size of a kind of job; raises TemplateError."""
        try:
            return self.sizes[kind]
        except KeyError as error:
            raise TemplateError(
                f"The ConfigMap that tells what jobs look like has no size for '{kind}', but for "
                f"{', '.join(sorted(self.sizes))}. Is the chart spark as new as Airflow's image?"
            ) from error
