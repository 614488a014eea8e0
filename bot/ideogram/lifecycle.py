"""Reads whether a response says that its endpoint has a successor, or that it is deprecated. Pure.

Source: https://developer.ideogram.ai/ideogram-api/deprecations
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.ideogram.wire import read_fields

# The link goes into the log and to the operator, so it must be a plain page of Ideogram's.
_SUCCESSOR = re.compile(
    r'<(https://(?:[a-z0-9-]{1,40}\.){0,3}ideogram\.ai/[A-Za-z0-9/._-]{0,200})>\s*;\s*rel="?successor-version"?'
)
_LAST_SECOND = 253_402_300_799  # of the year 9999, the last that a datetime has


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`deprecated_since` None: the response does not say since when. `successor` is a page about the newer endpoint."""

    is_deprecated: bool
    deprecated_since: datetime | None = None
    successor: str | None = None


def read_lifecycle(headers: Mapping[str, str], body: bytes) -> Lifecycle | None:
    """None if the response says nothing of the kind. Unclear values never raise.

    `Link` is on every response of an older endpoint; `Deprecation` only once it is deprecated (RFC 9745).
    """
    named = {name.lower(): value.strip() for name, value in headers.items()}
    deprecation = named.get("deprecation", "?0")
    link = _SUCCESSOR.search(named.get("link", ""))
    # A proxy may drop headers, so the text of the body counts as well.
    notice = str(read_fields(body).get("notice", "")) if b'"notice"' in body else ""
    is_deprecated = deprecation.lower() not in {"?0", "false", ""} or "deprecated" in notice.lower()
    if not is_deprecated and link is None and not notice:
        return None
    return Lifecycle(is_deprecated, _read_date(deprecation), link[1] if link else None)


def _read_date(text: str) -> datetime | None:
    """`@1777420800` as in RFC 9745, or an HTTP date as in its drafts."""
    seconds = re.fullmatch(r"@([0-9]{1,12})", text)
    if seconds:
        return datetime.fromtimestamp(int(seconds[1]), UTC) if int(seconds[1]) <= _LAST_SECOND else None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
