"""A pool for each pipeline, as `airflow pools import` reads them; prints them.

A pool has one slot, because a pipeline's tables have one writer at a time. One whose flow cannot be
read today has its pool too.
"""

import json
import sys
from typing import Any

from jobs.lakehouse.declare import discovery


def pools() -> dict[str, dict[str, Any]]:
    """What each pipeline's pool is, by its name."""
    return {
        name: {
            "slots": 1,
            "description": f"The one writer of the pipeline {name}",
            "include_deferred": False,
        }
        for name in discovery.flows()
    }


if __name__ == "__main__":
    json.dump(pools(), sys.stdout, indent=2)
