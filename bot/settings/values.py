"""Reads the values of settings: secrets, ids, prices, hosts and addresses.

Each function raises a ValueError whose text completes the sentence `NAME ...`. The text never shows the value:
it can be a secret that was pasted into the wrong line.
"""

import base64
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from bot.proxies import is_loopback
from bot.rules.budgets import Ceilings, Period
from bot.rules.plain_numbers import is_whole, read_decimal
from bot.rules.points import Ladder, NoLadder, read_ladder
from bot.rules.prices import Prices, Speed, read_dollars

DEFAULT_DATABASE_URL = "sqlite:///data/remix.db"
DEFAULT_BLOB_DIR = Path("data/blobs")
ENCODING = "utf-8-sig"
"""UTF-8 that skips the byte order mark which Windows editors write."""
MAX_ID = 2**63 - 1
_ID_DIGITS = 19
_MICROS = 1_000_000
_LARGEST_COUNT = 1_000_000
_KEY_BYTES = 32

_HOST_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*/?")
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{3,128}")
_REGION = re.compile(r"[a-z0-9-]{2,40}")

NoLimit = Literal["none"]
"""A word and not None, because an empty setting is its default: a limit should not vanish with its value."""


def unquoted(text: str) -> str:
    """Strips spaces and one pair of quotes: `docker --env-file` passes quotes on, as copying often does."""
    text = text.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1].strip() if quoted else text


def read_secret(text: str) -> str:
    text = text.strip().strip("'\"").strip()
    if not text:
        raise ValueError("has only quotes in it")
    if text.lower().startswith(("bot ", "bearer ")):
        raise ValueError('starts with a word: leave out "Bot" or "Bearer", and give only the secret')
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("contains a space or another character that no token or key has: copy it again")
    return text


def read_ids(text: str) -> frozenset[int]:
    parts = _parts(text)
    if not all(_is_id(part) for part in parts):
        raise ValueError("must be server ids separated by commas (Developer Mode, right-click, Copy Server ID)")
    return frozenset(int(part) for part in parts)


def read_person_ids(text: str) -> frozenset[int]:
    parts = _parts(text)
    if not all(_is_id(part) for part in parts):
        raise ValueError("must be ids of people separated by commas (Developer Mode, right-click, Copy User ID)")
    return frozenset(int(part) for part in parts)


def read_server_id(text: str) -> int:
    if not _is_id(text.strip()):
        raise ValueError("must be one server id (Developer Mode, right-click, Copy Server ID)")
    return int(text)


def _is_id(text: str) -> bool:
    # `int` refuses texts of more than 4,300 digits with an error of its own.
    return text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS and 0 < int(text) <= MAX_ID


def read_id(text: str) -> int:
    if not _is_id(text.strip()):
        raise ValueError("must be one id (Developer Mode, right-click, Copy ID)")
    return int(text)


def read_budget(text: str) -> int | NoLimit:
    """Micro-dollars from dollars, exactly."""
    if text.strip().lower() == "none":
        return "none"
    micros = read_dollars(text)
    if micros is None:
        raise ValueError("must be dollars above 0, such as 5 or 2.50, or none for no limit")
    return micros


def ceilings(budgets: Mapping[Period, int | NoLimit]) -> Ceilings:
    """Those that are set."""
    return {period: micros for period, micros in budgets.items() if micros != "none"}


def read_limit(text: str) -> int | NoLimit:
    text = text.strip().lower()
    if text == "none":
        return "none"
    if not (is_whole(text) and 0 < int(text) <= _LARGEST_COUNT):
        raise ValueError(f"must be a whole number from 1 to {_LARGEST_COUNT}, or none for no limit")
    return int(text)


def read_points_ladder(text: str) -> Ladder | NoLimit:
    if text.strip().lower() == "none":
        return "none"
    ladder = read_ladder(text)
    if isinstance(ladder, NoLadder):
        raise ValueError("must be written like 5 warn, 10 block 7d, 20 block, or none for no ladder")  # noqa: TRY004 - the text is wrong, not its type
    return ladder


def read_prices(text: str) -> Prices:
    """Micro-dollars from `TURBO=0.03,DEFAULT=0.06,QUALITY=0.10`, exactly: no float on the way. Each speed once."""
    try:
        pairs = [part.split("=") for part in _parts(text)]
        prices = {Speed(speed.strip().upper()): _plain_decimal(price.strip()) * _MICROS for speed, price in pairs}
        complete = set(prices) == set(Speed) and len(pairs) == len(prices)
        fine = complete and all(0 <= micros < MAX_ID and micros == int(micros) for micros in prices.values())
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("must be dollars per image for each speed, such as TURBO=0.03,DEFAULT=0.06,QUALITY=0.10")
    return {speed: int(prices[speed]) for speed in Speed}


def _plain_decimal(text: str) -> Decimal:
    number = read_decimal(text)
    if number is None:
        raise ValueError("must be a number")
    return number


def read_image_hosts(text: str) -> frozenset[str]:
    """Lower-case names, or loopback hosts with their port, as `bot/ideogram/links.py` compares them."""
    hosts = frozenset(part.lower() for part in _parts(text))
    if not hosts or not all(_is_image_host(host) for host in hosts):
        raise ValueError(
            "must be host names separated by commas, without https:// and without a path; "
            "only loopback hosts have a port, and they need one"
        )
    return hosts


def read_paid_api_url(text: str) -> str:
    url = _base_url(text, ("https", "http"))
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        raise ValueError(
            "must start with https:// (http:// would send the key unencrypted, and is only for this machine)"
        )
    return url.geturl().rstrip("/")


def read_proxy(text: str) -> str:
    """`http://user:password@host:port`, or only host and port."""
    text = text.strip()
    url = _split(text if "://" in text else f"http://{text}") if not re.search(r"[\s\\]", text) else None
    if url is not None and "://" not in text and url.port is None:
        url = None  # a word alone, such as a token in the wrong line
    if url is None or not url.hostname or url.scheme not in {"http", "https"} or url.path.strip("/") or url.query:
        raise ValueError(
            "must be the address of an HTTP proxy, such as http://proxy.example:3128. SOCKS is not supported"
        )
    return url.geturl().rstrip("/")


def read_http_url(text: str) -> str:
    return _base_url(text, ("https", "http")).geturl().rstrip("/")


def read_websocket_url(text: str) -> str:
    return _base_url(text, ("wss", "ws")).geturl()


class Listen(NamedTuple):
    """Where a server listens."""

    host: str
    port: int


def read_listen(text: str) -> Listen:
    written = text.strip()
    url = _split(f"//{written}") if not re.search(r"[\s@]", written) else None
    if url is None or not url.hostname or not url.port or url.netloc != written:
        raise ValueError("must be an address and a port, such as 127.0.0.1:9464 or [::1]:9464")
    return Listen(url.hostname, url.port)


def read_database_url(text: str) -> str:
    if text.startswith(("postgresql", "postgres:")):
        return _read_postgresql_url(text)
    path = text.removeprefix("sqlite:///")
    if path == text or not path.strip("/") or path.startswith(":") or set(path) & set("?#"):
        raise ValueError(
            "must be sqlite:/// and the path of a file (four slashes for an absolute path), or "
            "postgresql://user:password@host:port/name"
        )
    return f"sqlite:///{read_path(path).as_posix()}" if path.startswith("~") else text


def _read_postgresql_url(text: str) -> str:
    """The part after `?` is libpq's: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""
    url = _split(text) if not re.search(r"[\s\\]", text) else None
    is_whole = url is not None and url.scheme in {"postgresql", "postgres"} and "://" in text
    if url is None or not is_whole or not url.path.strip("/") or "/" in url.path[1:]:
        raise ValueError(
            "must be postgresql://user:password@host:port/name. In the password, write every character other than a "
            "letter or digit as % and its code, such as %40 for @"
        )
    # Else the end of a password would be taken for a host, or for what is left out.
    if url.fragment or "#" in text or url.netloc.count("@") > 1:
        raise ValueError("has a password with @ or # in it: write them as %40 and %23")
    return f"postgresql://{text.partition('://')[2]}"


def read_blob_url(text: str) -> str:
    """`file:///folder` or `s3://bucket/prefix`, without a slash at the end."""
    url = _split(text) if not re.search(r"[\s\\?#@]", text) else None
    folder = url is not None and url.scheme == "file" and not url.netloc and url.path.strip("/")
    bucket = url is not None and url.scheme == "s3" and _BUCKET.fullmatch(url.netloc) and _PREFIX.fullmatch(url.path)
    if url is None or not (folder or bucket):
        raise ValueError(
            "must be file:/// and the absolute path of a folder, or s3://bucket/prefix, without a key: that belongs "
            "into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    return text.rstrip("/")


def read_aws_key_id(text: str) -> str:
    if not _KEY_ID.fullmatch(text.strip()):
        raise ValueError("must be the id of a key: letters and digits")
    return text.strip()


def read_evidence_key(value: str) -> str:
    """As `remix-bot evidence key` prints it."""
    try:
        key = base64.b64decode(value, validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError("must be the public key that `remix-bot evidence key` prints")
    return value


def read_aws_region(text: str) -> str:
    if not _REGION.fullmatch(text.strip()):
        raise ValueError("must be a region, such as eu-central-1")
    return text.strip()


def database_passwords(url: str) -> list[str]:
    """What must not be shown of a database's address, as it is written and as it is meant."""
    parts = urlsplit(url)
    if parts.scheme != "postgresql":
        return []
    written = [part.partition("=") for part in parts.query.split("&")]
    found = [parts.password or "", *(value for name, _, value in written if name.endswith("password"))]
    return [each for password in found if password for each in (password, unquote(password))]


def read_path(text: str) -> Path:
    """`~` is the home folder, as in a shell: neither a `.env` file nor a container's settings pass through one."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("must be a path without ~: this user has no home folder") from None


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _base_url(text: str, schemes: tuple[str, ...]) -> SplitResult:
    """An address that paths can be appended to: no user, no query, no fragment."""
    url = _split(text) if not re.search(r"[\s\\?#@]", text) else None
    if url is None or not url.hostname or url.scheme not in schemes:
        raise ValueError(f"must be an address that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return url


def _is_image_host(host: str) -> bool:
    url = _split(f"//{host}")
    if url is None or url.netloc != host:
        return False
    if is_loopback(url.hostname or ""):
        return url.port is not None
    return bool(_HOST_NAME.fullmatch(host))


def _split(text: str) -> SplitResult | None:
    """None if it cannot be read. urlsplit() accepts a wrong port; only reading `port` raises."""
    try:
        url = urlsplit(text)
        usable = url.port != 0
    except ValueError:
        return None
    return url if usable else None
