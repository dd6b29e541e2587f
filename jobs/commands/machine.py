"""Commands about this machine: doctor, ui, new."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from jobs.commands.models import registry_is_made
from jobs.commands.screen import nearby, program, say, screen
from jobs.errors import SettingError, SetupError
from jobs.scaffold.new_pipeline import write_pipeline
from jobs.settings import Settings, export

_HOST = "127.0.0.1"
_PORTS = range(5000, 5020)


def doctor(
    *,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Look at all that `make cluster-up` needs.")
    ] = False,
    context: Annotated[
        str | None,
        typer.Option(help="With --cluster: a kubeconfig context in place of a new kind cluster."),
    ] = None,
) -> None:
    """Look at all that a run needs; each line is ok or says what to do.

    Examples:
      medley doctor
      medley doctor --cluster
    """
    from jobs.cluster_doctor import examine_cluster  # noqa: PLC0415
    from jobs.doctor import examine  # noqa: PLC0415

    is_well = True
    console = screen()
    findings = (
        examine_cluster("medley", context) if cluster else examine(Settings.from_environment())
    )
    for finding in findings:
        is_well &= finding.ok
        mark, style = ("ok   ", "green") if finding.ok else ("wrong", "bold red")
        console.print(f"[{style}]{mark}[/]  {finding.name:<16}", end="", soft_wrap=True)
        console.print(finding.detail, markup=False, soft_wrap=True)
        if finding.advice:
            console.print(f"{'':25}{finding.advice}", markup=False, soft_wrap=True, style="dim")
    if not is_well:
        raise typer.Exit(1)


def ui(
    *,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Serve on this port. [default: the first free one]"),
    ] = None,
) -> None:
    """Open the model registry in a browser: runs, metrics, versions. Ctrl-C ends it.

    Examples:
      medley ui
      medley ui --port 8080
    """
    settings = Settings.from_environment()
    if settings.tracking_uri.startswith(("http://", "https://")):
        say(f"The model registry has its own page: {settings.tracking_uri}")
        return
    if not registry_is_made(settings):
        say(f"The model registry is empty; `{program()} demo` trains and registers models.")
        return
    if port is not None and not _is_free(port):
        raise SettingError(f"Port {port} is in use; choose another, or leave out --port.")
    chosen = port or _free_port()
    log = settings.home / "logs" / "mlflow-ui.log"
    say(f"Starting MLflow's page; its log is {nearby(log)}.")
    log.parent.mkdir(parents=True, exist_ok=True)
    # Who ends this command otherwise than by Ctrl-C means the page too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with log.open("ab") as output, _serve(settings, chosen, output) as server:
        try:
            _wait_until_open(chosen, server, log)
            say(f"Open http://{_HOST}:{chosen} in a browser; Ctrl-C ends it.", "bold")
            server.wait()
        except KeyboardInterrupt:
            say("Ended.")
        finally:
            server.terminate()


def new(
    name: Annotated[str, typer.Argument(help="The pipeline's name.", show_default=False)],
) -> None:
    """Write a new pipeline that works, with its test: a folder to change step by step.

    Examples:
      medley new web_shop
    """
    settings = Settings.from_environment()
    written = write_pipeline(name, settings)
    say("Written:\n", "bold")
    for path in written:
        say(f"  {nearby(path)}")
    say("\nIt works as it is. Run it, ask it, test it:\n", "bold")
    say(f"  {program()} run {name}")
    say(f'  {program()} sql "FROM {name}.daily_visits"')
    say(f"  {nearby(Path(sys.executable))} -m pytest tests/jobs/{name}")
    say(f"\nThen change jobs/{name}/flow.py, which declares what there is.")


def _serve(settings: Settings, port: int, output: BinaryIO) -> subprocess.Popen[bytes]:
    # It would start a second server for jobs that nobody here submits.
    export("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    command = [sys.executable, "-m", "mlflow", "ui", f"--backend-store-uri={settings.tracking_uri}"]
    command += [f"--host={_HOST}", f"--port={port}", "--workers=1"]
    if settings.artifact_uri is not None:
        command.append(f"--default-artifact-root={settings.artifact_uri}")
    return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603  ours


def _wait_until_open(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the page answers; raises SetupError when its server ends before."""
    while _is_free(port):
        if server.poll() is not None:
            raise SetupError(f"MLflow's page could not be started; {log} tells why.")
        time.sleep(0.2)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connection has just ended counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    for port in _PORTS:
        if _is_free(port):
            return port
    raise SetupError(
        f"All ports from {_PORTS.start} to {_PORTS.stop - 1} are in use; name one with --port."
    )
