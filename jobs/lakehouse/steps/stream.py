"""Catches a stream up, batch by batch, and remembers how far it has come."""

from collections.abc import Callable

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame

from jobs.lakehouse.store.files import Files

_MARK = "caught_up_with"
"""The file beside a checkpoint's own that names the last version which was read to its end."""
Batch = Callable[[DataFrame, str, int], None]
"""Takes the new rows, the stream's name and the number of the batch."""


def catch_up(rows: DataFrame, checkpoint: str, process: Batch) -> None:
    """Process all rows that came since the last call, then return.

    A batch that was under way when a run was killed comes again with the same rows, name and
    number. After the checkpoint is deleted all rows come again under another name, numbered
    from 0.

    Args:
        rows: A streaming DataFrame.
        checkpoint: The folder that remembers the progress.
        process: Called for each batch.

    Raises what `process` raises.
    """
    raised: list[BaseException] = []

    def process_batch(batch: DataFrame, number: int) -> None:
        stream_id = batch.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId")
        try:
            process(batch, f"stream-{stream_id}", number)
        except BaseException as error:
            raised.append(error)
            # What is no Exception would end the thread that Spark waits for, and Spark would not
            # learn of it.
            raise RuntimeError("The batch was given up") from error

    query = (
        rows.writeStream.foreachBatch(process_batch)
        .option("checkpointLocation", checkpoint)
        .trigger(availableNow=True)
        .start()
    )
    try:
        query.awaitTermination()
    except StreamingQueryException:
        if raised:
            raise raised[0] from None
        raise
    finally:
        query.stop()


def has_caught_up(files: Files, checkpoint: str, version: int) -> bool:
    """Whether a stream has read a table's version to its end, told without starting it."""
    mark = f"{checkpoint}/{_MARK}"
    return files.exists(mark) and files.first_line(mark) == str(version)


def note_caught_up(files: Files, checkpoint: str, version: int) -> None:
    """Remember that a stream has read all rows up to a table's version."""
    files.write_line(f"{checkpoint}/{_MARK}", str(version))
