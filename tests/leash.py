"""Programs that end with whoever started them, even when that one is killed."""

import shutil
from collections.abc import Sequence


def leashed(command: Sequence[str]) -> list[str]:
    """The command, told by the system to end when the thread that starts it does.

    Only Linux can tell it; elsewhere it is the command as it is.
    """
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "TERM"] if setpriv else []), *command]
