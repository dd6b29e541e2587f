"""What a logged model needs where it is loaded."""

from importlib.metadata import version


def pinned(*packages: str) -> list[str]:
    """The packages in the versions that are installed here, as pip requirements.

    MLflow would find them out itself by loading the model in a new process, for a minute.
    """
    return [f"{package}=={version(package)}" for package in packages]
