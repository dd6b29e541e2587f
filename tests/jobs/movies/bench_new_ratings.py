"""More ratings in the shape of the MovieLens file, by users and for films that are there."""

import random
from pathlib import Path

NEWEST_SECOND = 1_046_454_590
"""The newest rating of MovieLens 1M; new ones come after it."""


def write_new_ratings(folder: Path, count: int, seed: int) -> None:
    """Put a file of `count` ratings into the folder where the first file lies.

    Users and films are drawn from the ratings that are there, so some rate a film again.
    """
    with (folder / "ml-1m.inter").open(encoding="utf-8", newline="") as lines:
        header = next(lines)
        pairs = [tuple(line.split("\t")[:2]) for line in lines]
    # Repeatable data, nothing secret.
    draw = random.Random(seed)  # noqa: S311
    ratings = (
        f"{draw.choice(pairs)[0]}\t{draw.choice(pairs)[1]}\t{draw.randint(1, 5)}\t"
        f"{NEWEST_SECOND + seed * count + number}\r\n"
        for number in range(count)
    )
    draft = folder / f".new-{seed}.inter"
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(header)
        file.writelines(ratings)
    draft.rename(folder / f"new-{seed}.inter")
