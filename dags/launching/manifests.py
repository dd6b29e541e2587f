"""Jobs filled into what the chart `spark` says of them: pure functions, without Airflow."""

import copy
from collections.abc import Iterator, Mapping, Sequence

from launching.job import Job
from launching.template import Manifest, Template

PIPELINE_LABEL = "medley.dev/pipeline"
JOB_LABEL = "medley.dev/job"
TASK_LABEL = "medley.dev/task"

_CONF = ("instances", "cores", "memory", "memoryOverhead")
"""What a SparkApplication says of driver and executor, and Spark's settings too; the rest is of
pods, which YARN's containers are not."""
_ALLOCATION_CONF = {
    "enabled": "enabled",
    "initialExecutors": "initialExecutors",
    "minExecutors": "minExecutors",
    "maxExecutors": "maxExecutors",
    "shuffleTrackingEnabled": "shuffleTracking.enabled",
}


def labels(job: Job) -> dict[str, str]:
    """What tells whose an application or a pod is."""
    return {PIPELINE_LABEL: job.pipeline, JOB_LABEL: job.name, TASK_LABEL: job.task}


def selector(pipeline: str, spare: str | None) -> str:
    """The labels of all that runs for a pipeline, but for the job to spare."""
    others = f",{JOB_LABEL}!={spare}" if spare else ""
    return f"{PIPELINE_LABEL}={pipeline}{others}"


def tags(job: Job) -> list[str]:
    """The same for an application on YARN."""
    return [job.name, pipeline_tag(job.pipeline), job.task]


def pipeline_tag(pipeline: str) -> str:
    """What all applications of a pipeline have on YARN."""
    return f"medley-{pipeline}"


def spark_application(job: Job, template: Template) -> Manifest:
    """What the Spark operator is asked for; raises TemplateError for an unknown kind of job."""
    made = copy.deepcopy(template.application)
    own = labels(job)
    made["metadata"] = {"name": job.name, "labels": own}
    spec = made["spec"]
    for part, size in template.size(job.kind).items():
        spec[part] = {**spec.get(part, {}), **size}
    for part in ("driver", "executor"):
        spec[part]["template"]["metadata"]["labels"] |= own
    spec["arguments"] = list(job.arguments)
    return made


def program_pod(job: Job, template: Template) -> Manifest:
    """The pod that runs `medley` without Spark."""
    return _pod(job, template.program, job.arguments)


def submit_pod(job: Job, template: Template) -> Manifest:
    """The pod that submits a job to YARN and is done as soon as YARN has taken it.

    Raises TemplateError for an unknown kind of job.
    """
    options = [
        f"--name={job.name}",
        f"--conf=spark.yarn.tags={','.join(tags(job))}",
        *(f"--conf={name}={value}" for name, value in _conf(template.size(job.kind))),
    ]
    # A plain path: YARN's containers would not find a `local:` one.
    main_file = template.application["spec"]["mainApplicationFile"].removeprefix("local://")
    return _pod(job, template.submit, [*options, main_file, *job.arguments])


def _pod(job: Job, template: Manifest, arguments: Sequence[str]) -> Manifest:
    made = copy.deepcopy(template)
    made["metadata"]["name"] = job.name
    made["metadata"]["labels"] |= labels(job)
    made["spec"]["containers"][0]["args"] += arguments
    return made


def _conf(size: Mapping[str, Manifest]) -> Iterator[tuple[str, str]]:
    """A size as Spark's settings."""
    for part in ("driver", "executor"):
        for field in _CONF:
            if field in size[part]:
                yield f"spark.{part}.{field}", str(size[part][field])
    for field, name in _ALLOCATION_CONF.items():
        if field in size.get("dynamicAllocation", {}):
            value = str(size["dynamicAllocation"][field]).lower()
            yield f"spark.dynamicAllocation.{name}", value
