"""How much each kind of job gets.

Driver and executor of a job must fit together into one NodeManager of the chart `hadoop`
(4096 MiB), or YARN waits for room that never comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Size:
    """Heaps in MiB; Spark adds 384 MiB to a driver's, or 40 % on Kubernetes and 10 % on YARN."""

    driver_mib: int
    executor_mib: int
    overhead_mib: int = 640
    """Of an executor beside its heap: its Python processes, and the JVM itself."""
    executors: int = 1
    cores: int = 2
    """Tasks that an executor runs at once. Pods ask Kubernetes for CPU_REQUEST all the same."""
    timeout: timedelta = timedelta(hours=2)
    """A job that takes longer is ended and tried again."""


CPU_REQUEST = "50m"
"""Of drivers and executors: little, for they take what is idle; more leaves them Pending."""

LAYERS: Mapping[str, Size] = {
    # A document store is read with a Python process for each source, beside the driver.
    "bronze": Size(driver_mib=1280, executor_mib=1024),
    "silver": Size(driver_mib=1024, executor_mib=1024),
    "gold": Size(driver_mib=1024, executor_mib=1024),
    # Histories of ratings and whole models go through Python: with all of MovieLens 1M an executor
    # takes 2,070 MiB, and was killed where it had 2,048.
    "train": Size(
        driver_mib=1024, executor_mib=1024, overhead_mib=1408, timeout=timedelta(hours=4)
    ),
    "serve": Size(driver_mib=1024, executor_mib=1024, overhead_mib=1408),
}

MAINTENANCE = Size(driver_mib=768, executor_mib=1024, timeout=timedelta(hours=4))
