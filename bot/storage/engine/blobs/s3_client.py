"""Reaches a bucket by obstore, with time limits, and says what went wrong without addresses and keys."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.store import S3Store

from bot.storage.engine.blobs.s3_place import S3Place

if TYPE_CHECKING:  # obstore has these for type checkers alone
    from obstore.store import BackoffConfig, ClientConfig, S3Config

PROBES = "probe"
"""The folder of the bucket for objects that only find out whether it answers. No picture is there."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Of one request: in all, to connect, and how often it is tried again after an error (never after `retry_for`)."""

    total: timedelta
    connect: timedelta
    retries: int
    retry_for: timedelta


# With obstore's own limits a call to a store that hangs took 57 s. 50 MB, the largest result, take 20 s at 20 Mbit/s.
CALLS = TimeLimits(timedelta(seconds=20), timedelta(seconds=3), 2, timedelta(seconds=5))
PROBE = TimeLimits(timedelta(seconds=2), timedelta(seconds=2), 0, timedelta(seconds=2))

_STATUS = re.compile(r"status code: (\d{3})\b")
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,64})</Code>")


def connect(place: S3Place, limits: TimeLimits) -> S3Store:
    """Asks nothing yet. By path style, which S3-compatible stores all know."""
    options: ClientConfig = {"timeout": limits.total, "connect_timeout": limits.connect, "allow_http": True}
    if place.proxy is not None:
        options["proxy_url"] = place.proxy
    config: S3Config = {
        "region": place.region,
        "access_key_id": place.access_key_id,
        "secret_access_key": place.secret_access_key,
        "virtual_hosted_style_request": False,
        # Not every store has the other kind, and each picture's age is checked right before it is deleted.
        "disable_bulk_delete": True,
    }
    if place.session_token is not None:
        config["session_token"] = place.session_token
    if place.endpoint is not None:
        config["endpoint"] = place.endpoint
    backoff: BackoffConfig = {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=1),
        "base": 2,
    }
    return S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config=config,
        client_options=options,
        retry_config={"max_retries": limits.retries, "retry_timeout": limits.retry_for, "backoff": backoff},
    )


def try_out(store: S3Store) -> None:
    """Write, read and delete an object. Raises what obstore raises."""
    key, content = f"{PROBES}/{secrets.token_hex(8)}", secrets.token_bytes(16)
    obstore.put(store, key, content, use_multipart=False)
    found = obstore.get(store, key).bytes().to_bytes()
    obstore.delete(store, key)
    if found != content:
        raise ValueError("it answers with other bytes than were stored")


def is_obstores(error: BaseException) -> bool:
    """Whether a call of obstore failed. A panic in its Rust code is no Exception."""
    kinds = (obstore.exceptions.BaseError, FileNotFoundError, ValueError)
    return isinstance(error, kinds) or type(error).__name__ == "PanicException"


def reason_of(error: BaseException) -> str:
    """Obstore's own texts have the address, headers and the whole answer in them."""
    text = str(error)
    status, code = _STATUS.search(text), _CODE.search(text)
    if status is not None:
        return f"S3 answers {status.group(1)}{f' {code.group(1)}' if code else ''}"
    if "redirect" in text:
        return "S3 sends the request elsewhere: AWS_REGION or AWS_ENDPOINT_URL is wrong"
    if isinstance(error, ValueError | FileNotFoundError) or type(error).__name__ == "PanicException":
        return "S3's answer makes no sense"
    return "S3 does not answer"
