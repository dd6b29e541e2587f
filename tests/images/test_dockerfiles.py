"""House rules for images: small, pinned, nobody's root, and built by any Docker."""

import json
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import jobs
from jobs.lakehouse.machine.jars import JARS

ROOT = Path(__file__).parents[2]
DOCKERFILES = sorted(ROOT.glob("images/*/Dockerfile"))
_MAVEN = {"m": "http://maven.apache.org/POM/4.0.0"}


def _name(path: Path) -> str:
    return path.parent.name


def _instructions(path: Path, word: str) -> list[str]:
    """What stands behind an instruction's word, continued lines joined."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{word} +(.+)$", text, re.MULTILINE)


def _stages(path: Path) -> dict[str, tuple[str, str]]:
    """The base and the text of each stage by its name; the last one, which has none, is ""."""
    found = re.findall(
        r"^FROM (\S+)(?: AS (\S+))?\n(.*?)(?=^FROM |\Z)",
        path.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    return {name: (base, text) for base, name, text in found}


def _dependencies(pom: Path, profile: str | None = None) -> list[str]:
    """`group:artifact:version` of what a pom or one of its profiles names."""
    root = ET.parse(pom).getroot()  # noqa: S314  a file of this repository
    where = f"m:profiles/m:profile[m:id='{profile}']/" if profile else ""
    return [
        ":".join(
            found.findtext(f"m:{part}", "", _MAVEN) for part in ("groupId", "artifactId", "version")
        )
        for found in root.findall(f"{where}m:dependencies/m:dependency", _MAVEN)
    ]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=_name)
def test_no_dockerfile_needs_buildkit(dockerfile: Path) -> None:
    """Mounts, here-documents and modes of copied files are BuildKit's."""
    text = dockerfile.read_text(encoding="utf-8")

    assert not re.search(r"--mount|--chmod|--link|<<[A-Z]|^# *syntax=", text, re.MULTILINE)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=_name)
def test_bases_are_pinned(dockerfile: Path) -> None:
    """A stage starts from another one, or from a tag that says which release it is."""
    stages = _stages(dockerfile)

    assert "" in stages
    for base, _ in stages.values():
        assert base in stages or re.search(r"^\$\{[A-Z]+_IMAGE\}$|:.*\d|:bookworm", base), base


@pytest.mark.parametrize("program", ["minio", "ferretdb"])
def test_what_is_compiled_is_pinned(program: str) -> None:
    """A Go module's release, or a commit with its time; never its newest state."""
    arguments = _instructions(ROOT / f"images/{program}/Dockerfile", "ARG")

    assert arguments
    for argument in arguments:
        assert re.fullmatch(r"[A-Z]+_VERSION=v\d+\.\d+\.\d+(-\d{14}-[0-9a-f]{12})?", argument)


def test_the_document_store_knows_its_version() -> None:
    """FerretDB stops at its start unless a file named it at build time; the README names it too."""
    dockerfile = ROOT / "images/ferretdb/Dockerfile"
    (version,) = [value.partition("=v")[2] for value in _instructions(dockerfile, "ARG")]

    assert ">build/version/version.txt" in dockerfile.read_text(encoding="utf-8")
    assert f"FerretDB {version}," in (ROOT / "images/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=_name)
def test_nobody_runs_as_root(dockerfile: Path) -> None:
    """The last user is a number, so that Kubernetes can tell that it is not root."""
    stages = _stages(dockerfile)
    base, text = stages[""]
    below = stages.get(base, ("", ""))[1]
    users = re.findall(r"^USER (.+)$", below + text, re.MULTILINE)
    if _name(dockerfile) in {"airflow", "jobs"}:
        assert [] == users, "the base's own user is 50000, or 185"
    else:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=_name)
def test_what_is_copied_enters_the_build(dockerfile: Path) -> None:
    """.dockerignore shuts everything out that is not named."""
    entered = {
        line.removeprefix("!").rstrip("/")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    sources = [
        source
        for copied in _instructions(dockerfile, "COPY")
        if not copied.startswith("--from")
        for source in copied.split()[:-1]
    ]

    assert [] == [source for source in sources if source.split("/")[0] not in entered]


def test_every_image_is_described() -> None:
    """images/README.md has a row for each."""
    readme = (ROOT / "images/README.md").read_text(encoding="utf-8")

    assert [] == [
        _name(path) for path in DOCKERFILES if f"| `medley/{_name(path)}` |" not in readme
    ]


def test_one_list_of_jars() -> None:
    """The embedded session and the image take the same libraries in the same versions."""
    assert list(JARS) == _dependencies(ROOT / "images/spark/pom.xml")


def test_airflow_has_what_its_tests_have() -> None:
    """The DAGs' tests run on the image's provider, and publishing's on its client of Trino."""
    image, dags, project = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("images/airflow/requirements.txt", "dags/requirements.in", "pyproject.toml")
    )
    provider, trino = re.findall(r"^\w.*", image, re.MULTILINE)

    assert provider in dags.splitlines()
    assert f'"{trino}"' in project


def test_what_must_move_together_does() -> None:
    """Kafka's connector is of pyspark's version; what talks S3 and HDFS is of one Hadoop."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["optional-dependencies"]["spark"]
    cluster = _dependencies(ROOT / "images/spark/pom.xml", "cluster")
    versions = {name.split(":")[1]: name.split(":")[2] for name in cluster}
    hadoop = ET.parse(ROOT / "images/hadoop/pom.xml")  # noqa: S314  our own file

    assert f"pyspark=={versions['spark-sql-kafka-0-10_2.13']}" in wanted
    assert versions["hadoop-aws"] == hadoop.findtext("m:properties/m:hadoop.version", "", _MAVEN)
    assert 1 == len({versions[name] for name in ("s3", "s3-transfer-manager", "sts")})


@pytest.mark.parametrize(
    ("image", "base"), [("spark", "minio"), ("jobs", "spark"), ("hadoop", "spark")]
)
def test_images_build_on_ours(image: str, base: str) -> None:
    """Of this version, unless others are named; scripts/image finds them by these lines."""
    assert [f"{base.upper()}_IMAGE=medley/{base}:{jobs.__version__}"] == _instructions(
        ROOT / f"images/{image}/Dockerfile", "ARG"
    )


def test_only_one_image_has_the_jobs() -> None:
    """An edit in jobs/ makes no other anew; of Airflow's the other tests tell."""
    assert ["airflow", "jobs"] == [
        _name(path)
        for path in DOCKERFILES
        if any("jobs" in copied.split()[:-1] for copied in _instructions(path, "COPY"))
    ]


def test_commands_are_lists() -> None:
    """A command as text would run in a shell, which keeps signals to itself."""
    for dockerfile in DOCKERFILES:
        for word in ("CMD", "ENTRYPOINT"):
            for command in _instructions(dockerfile, word):
                assert isinstance(json.loads(command), list), dockerfile
