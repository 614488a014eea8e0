"""Reads where the pictures are: in a folder or in S3."""

import os
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote, urlsplit

BOTH_SET = "BLOB_URL and BLOB_DIR are both set: keep one of them. An empty value counts as unset"


def is_s3(blob_url: str | None) -> bool:
    return blob_url is not None and blob_url.startswith("s3:")


def folder_of(blob_url: str) -> Path | None:
    """The folder of a `file:///` address."""
    if is_s3(blob_url):
        return None
    path = unquote(urlsplit(blob_url).path)
    # file:///C:/pictures
    return Path(path.lstrip("/") if os.name == "nt" else path)


def check_pictures(blob_url: str | None, key_id: object, key: object, given: Collection[str]) -> None:
    """Raises ValueError. `given`: the settings that are set."""
    if blob_url is not None and "blob_dir" in given:
        raise ValueError(BOTH_SET)
    if is_s3(blob_url) and not (key_id and key):
        missing = "AWS_SECRET_ACCESS_KEY" if key_id else "AWS_ACCESS_KEY_ID"
        raise ValueError(f"{missing} is missing: BLOB_URL with s3:// needs a key")
