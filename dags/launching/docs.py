"""The pages that Airflow shows of the DAGs, from what the flows say."""

from collections.abc import Iterator

from jobs.lakehouse.declare.pipeline import Pipeline
from jobs.lakehouse.declare.table import LAYERS, Model, Step

_HOW = """
#### Run it again

Each task takes in what is new; a run with nothing new changes nothing. Parameters:

- `engine`: `k8s`, the Spark operator, or `yarn`.
- `together`: true makes one application for all layers, false one for each, which starts more
  often and tries again less of what was done. Without it the run goes as the chart `spark` says.
- `since`: a day (UTC). Silver tables of which rows were taken in since then are made again as a
  whole, so any day may be run again and gold comes out the same.

```sh
airflow dags trigger {name} --conf '{{"since": "2026-01-31", "engine": "yarn"}}'
airflow backfill create --dag-id {name} --from-date 2026-01-31 --to-date 2026-01-31
```

A run of a backfill has its own day as `since`. Each makes whole tables again, so one day does the
work of all: fill `--from-date` and `--to-date` with it. More runs wait for one
another in the pool `{name}`, which has one slot because a table has one writer at a time. A day
that has had its run is run again with `--reprocess-behavior completed`.
"""


def pipeline_page(pipeline: Pipeline) -> str:
    """What a pipeline is, what it makes, and how to run it again."""
    return "\n".join([pipeline.doc, "", *_tables(pipeline), _HOW.format(name=pipeline.name)])


def _tables(pipeline: Pipeline) -> Iterator[str]:
    yield "| task | makes | which is |"
    yield "|---|---|---|"
    for layer in LAYERS:
        for step in pipeline.steps:
            if step.layer == layer:
                yield f"| {layer} | `{step.name}` | {_first_line(step)} |"
    yield "| together | | all of these in one application |"
    yield "| publish | | registers the tables with Trino |"


def _first_line(step: Step) -> str:
    line = step.doc.strip().partition("\n")[0].replace("|", "\\|")
    if isinstance(step, Model):
        return f"{line} ({step.metric}, {step.better} is better)"
    return line
