"""Writes structured logs to stderr, for our code and for libraries, and masks secrets in every line.

Log with `structlog.get_logger()`. Wrap work in `structlog.contextvars.bound_contextvars(job=..., guild=..., user=...)`
to have these three on all its lines, including those of libraries.
"""

import contextlib
import errno
import logging
import os
import re
import sys
import threading
from collections.abc import Collection, Iterable, Mapping
from types import TracebackType
from typing import Literal, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"
_SHORTEST_SECRET = 6
"""Shorter secrets are not masked: they could be ordinary words."""

_LOWEST_LEVELS = {
    **dict.fromkeys(("PIL", "aiohttp", "discord"), logging.INFO),
    **dict.fromkeys(("sqlalchemy", "alembic"), logging.WARNING),
}
"""The lowest levels for libraries, whatever LOG_LEVEL is.

Their DEBUG lines, and SQLAlchemy's INFO lines, contain prompts and interaction tokens as ordinary parameters.
Alembic writes six lines about its own plugins whenever it is imported, and one for each migration.
"""

# A repetition that can start anywhere is limited to 40 or 4,000 characters. Without a limit it takes quadratic time
# on a long text.
_SECRET_NAME = re.compile(r"[\w-]{0,40}(?:token|api[-_]?key|secret)|authorization|password", re.IGNORECASE)
_NAMES = _SECRET_NAME.pattern
_SIGNATURES = "exp|sig|ex|is|hm|signature|expires|policy|key-pair-id|x-amz-[a-z-]+"
_PATTERNS = [
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # user:password@ in an address
        (r"(?<=://)[^/\s@\"'<>]+@", f"{MASK}@"),
        # the query of any URL: Ideogram, Discord attachments and object stores all sign their links there
        (r"\b((?:https?|wss?)://[^\s\"'<>?]{0,4000})\?[^\s\"'<>]*", rf"\1?{MASK}"),
        # the same queries in exceptions that contain only the path or the query
        (rf"(?<![\w.-])((?:{_SIGNATURES})=)[^\s&\"'<>#]+", rf"\1{MASK}"),
        # /interactions/<id>/<token>/callback, /webhooks/<id>/<token>/messages/...
        (r"((?:interactions|webhooks)/\d+/)[^/\s\"'<>?#]+", rf"\1{MASK}"),
        # an interaction token anywhere: it starts with "interaction:" in base64
        (r"\baW50ZXJhY3Rpb246[\w=+/-]*", MASK),
        # 'Api-Key': '...', "token": "...", (b'Authorization', b'...'), also escaped inside a string
        (rf"(\\?[\"'](?:{_NAMES})\\?[\"']\s*[:,]\s*b?\\?[\"'])[^\"'\\]+", rf"\1{MASK}"),
        # Authorization: Bot ..., Api-Key=...
        (r"\b((?:authorization|api[-_]?key)\s*[:=]\s*[\"']?)(?:(?:bot|bearer|basic)\s+)?[^\s\"',;)]+", rf"\1{MASK}"),
        # token=..., interaction_token='...'
        (r"\b([\w-]{0,40}token=[\"']?)[^\s&\"',;)]+", rf"\1{MASK}"),
    )
]
_known_secrets: list[str] = []
_NOBODY_READS = frozenset({errno.EPIPE, errno.EIO})
"""The reader of a pipe has ended, or the terminal was closed. On a full disk (ENOSPC) later lines may fit again."""


def register_secrets(secrets: Iterable[str]) -> None:
    """Makes `mask` remove these values, both as they are and URL-encoded."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            _known_secrets.extend({secret, quote(secret, safe="")} - set(_known_secrets))
    # The longest first: a secret that contains another one must be replaced as a whole.
    _known_secrets.sort(key=len, reverse=True)


def mask(text: str) -> str:
    """The text without registered secrets, authorization values, Discord tokens and the queries of links."""
    for secret in _known_secrets:
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _clean(value: object) -> object:
    """The value with every string in it masked. Other objects than strings, numbers and collections become strings."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {mask(str(name)): _clean_named(name, item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _clean_items(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    return mask(repr(value) if isinstance(value, BaseException) else str(value))


def _clean_items(items: Collection[object]) -> object:
    match items:
        case (str() | bytes() as name, item):  # one header in a list of headers
            return [_clean(name), _clean_named(name, item)]
    return [_clean(item) for item in items]


def _clean_named(name: object, value: object) -> object:
    text = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    return MASK if _SECRET_NAME.fullmatch(text) else _clean(value)


def _mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _clean_named(name, value) for name, value in event.items()}


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Replaces a method that prints the record's arguments unmasked. A line that is lost stops no work."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            if error.errno in _NOBODY_READS:
                self._write_nowhere()
            return
        with contextlib.suppress(OSError):
            sys.stderr.write(f"cannot write a log line from {record.name}\n")

    def _write_nowhere(self) -> None:
        """Otherwise Python would try to write the lost lines at the end, and exit with code 120 instead of 0."""
        with contextlib.suppress(OSError, ValueError):
            descriptor = self.stream.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, descriptor)
            os.close(nowhere)


def configure(
    log_format: Literal["console", "json"], level: str, *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Sends masked log lines of at least `level` to `stream` (default: stderr). A second call replaces the first."""
    register_secrets(secrets)
    # What stands in for stderr sends lines to the log, and the log must not send them back (cli/kit/stderr.py).
    beneath: TextIO | None = getattr(sys.stderr, "beneath", None)
    target = stream or beneath or sys.stderr
    handler = _Handler(target)
    handler.setFormatter(_formatter(log_format, colors=target.isatty()))
    root = logging.getLogger()
    # Only our own handler: pytest and others have theirs on the root logger.
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, lowest in _LOWEST_LEVELS.items():
        logging.getLogger(name).setLevel(max(lowest, root.level))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _shared_processors() -> list[Processor]:
    """These add the context, the logger, the level and the time to every line, ours and the libraries'."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(log_format: Literal["console", "json"], *, colors: bool) -> logging.Formatter:
    """Turns exceptions into text before masking, so that tracebacks are masked too."""
    renderer: Processor = structlog.processors.JSONRenderer()
    if log_format == "console":
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared_processors(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _mask_event,
            renderer,
        ],
    )


def log_uncaught() -> None:
    """Logs exceptions that end the process or a thread, or that nobody can catch. Python would print them unmasked."""
    sys.excepthook = _log_end_of_process
    threading.excepthook = _log_end_of_thread
    sys.unraisablehook = _log_unraisable


def _log_end_of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger(__name__).critical("the process ended with an exception", exc_info=(kind, error, trace))


def _log_end_of_thread(end: threading.ExceptHookArgs) -> None:
    if end.exc_value is None or issubclass(end.exc_type, SystemExit):
        return
    exc_info = (end.exc_type, end.exc_value, end.exc_traceback)
    structlog.get_logger(__name__).critical("a thread ended with an exception", exc_info=exc_info)


def _log_unraisable(event: "sys.UnraisableHookArgs") -> None:
    """From `__del__` and the like. The object is not shown: its text could hold a prompt."""
    exc_info = (event.exc_type, event.exc_value or event.exc_type(), event.exc_traceback)
    structlog.get_logger(__name__).error("an exception could not be raised", exc_info=exc_info)
