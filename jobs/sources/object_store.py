"""Sends files to an S3 store, such as the landing zone of a cluster."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from jobs.errors import SettingError, SourceError
from jobs.settings import Settings


def put_if_absent(uri: str, make: Callable[[], Path], settings: Settings) -> None:
    """Put a file at `s3a://bucket/key`, made by `make`, unless something is there.

    Raises SourceError when the store refuses or does not answer, SettingError for another kind
    of location or a store that is not named.
    """
    place = urlsplit(uri)
    if place.scheme != "s3a":
        raise SettingError(
            f"Packaged data cannot land at {uri}; expected file: or s3a:. Set MEDLEY_LANDING."
        )
    store, bucket, key = _store(settings), place.netloc, place.path.lstrip("/")
    try:
        if not any(found.object_name == key for found in store.list_objects(bucket, prefix=key)):
            store.fput_object(bucket, key, str(make()))
    except (MinioException, HTTPError) as error:
        raise SourceError(
            f"Nothing can be put at {uri} on {settings.s3_endpoint}: {error}. Check "
            "AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error


def _store(settings: Settings) -> Minio:
    if settings.s3_endpoint is None:
        raise SettingError(
            f"MEDLEY_LANDING is {settings.landing_uri}, but AWS_ENDPOINT_URL is not set; "
            "expected the store's address, as in http://localhost:9000."
        )
    endpoint = urlsplit(settings.s3_endpoint)
    return Minio(
        endpoint.netloc,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        secure=endpoint.scheme == "https",
    )
