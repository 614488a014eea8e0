"""Structured logs on stderr, ours and the libraries' alike, with everything secret masked before a line is written.

Others log with `structlog.get_logger()`; `structlog.contextvars.bound_contextvars(job=..., guild=..., user=...)` around
the work puts these three on each line of it, a library's lines included.
"""

import logging
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
"""Shorter ones are not looked for: they would take ordinary words out of the lines."""

_LOWEST_LEVELS = {
    **dict.fromkeys(("PIL", "aiohttp", "alembic", "discord"), logging.INFO),
    "sqlalchemy": logging.WARNING,
}
"""Never below: their DEBUG lines, and SQLAlchemy's INFO, carry people's prompts and Discord's tokens as plain data."""

# Repetitions that can begin anywhere have a limit: without one, a long text takes time by the square of its length.
_SECRET_NAME = re.compile(r"[\w-]{0,40}(?:token|api[-_]?key|secret)|authorization|password", re.IGNORECASE)
_NAMES = _SECRET_NAME.pattern
_SIGNATURES = "exp|sig|ex|is|hm|signature|expires|policy|key-pair-id|x-amz-[a-z-]+"
_PATTERNS = [
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # user:password@ in an address
        (r"(?<=://)[^/\s@\"'<>]+@", f"{MASK}@"),
        # the query of any address: signed links of Ideogram, of Discord's attachments, of object stores
        (r"\b((?:https?|wss?)://[^\s\"'<>?]{0,4000})\?[^\s\"'<>]*", rf"\1?{MASK}"),
        # the same queries where an exception tells only the path, or the query alone
        (rf"(?<![\w.-])((?:{_SIGNATURES})=)[^\s&\"'<>#]+", rf"\1{MASK}"),
        # /interactions/<id>/<token>/callback, /webhooks/<id>/<token>/messages/...
        (r"((?:interactions|webhooks)/\d+/)[^/\s\"'<>?#]+", rf"\1{MASK}"),
        # an interaction's token anywhere: it starts with "interaction:" in base64
        (r"\baW50ZXJhY3Rpb246[\w=+/-]*", MASK),
        # 'Api-Key': '...', "token": "...", (b'Authorization', b'...'), also escaped within a text
        (rf"(\\?[\"'](?:{_NAMES})\\?[\"']\s*[:,]\s*b?\\?[\"'])[^\"'\\]+", rf"\1{MASK}"),
        # Authorization: Bot ..., Api-Key=...
        (r"\b((?:authorization|api[-_]?key)\s*[:=]\s*[\"']?)(?:(?:bot|bearer|basic)\s+)?[^\s\"',;)]+", rf"\1{MASK}"),
        # token=..., interaction_token='...'
        (r"\b([\w-]{0,40}token=[\"']?)[^\s&\"',;)]+", rf"\1{MASK}"),
    )
]
_known_secrets: list[str] = []


def register_secrets(secrets: Iterable[str]) -> None:
    """From now on `mask` takes these values out, as they are and as an address would write them."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            _known_secrets.extend({secret, quote(secret, safe="")} - set(_known_secrets))
    _known_secrets.sort(key=len, reverse=True)


def mask(text: str) -> str:
    """The text without registered secrets, authorization values, Discord's tokens and the queries of links."""
    for secret in _known_secrets:
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _clean(value: object) -> object:
    """The same value with every text in it masked. What is neither text, number nor collection becomes masked text."""
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
        case (str() | bytes() as name, item):  # a header, as lists of headers have them
            return [_clean(name), _clean_named(name, item)]
    return [_clean(item) for item in items]


def _clean_named(name: object, value: object) -> object:
    text = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    return MASK if _SECRET_NAME.fullmatch(text) else _clean(value)


def _mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _clean_named(name, value) for name, value in event.items()}


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """The original prints the record's arguments, unmasked."""
        sys.stderr.write(f"a log line of {record.name} could not be written\n")


def configure(
    log_format: Literal["console", "json"], level: str, *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send structlog's and logging's lines from `level` on to `stream` (stderr), masked. A second call replaces it."""
    register_secrets(secrets)
    target = stream or sys.stderr
    handler = _Handler(target)
    handler.setFormatter(_formatter(log_format, colors=target.isatty()))
    root = logging.getLogger()
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
            *_facts(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _facts() -> list[Processor]:
    """What each line tells beside its event, whoever wrote it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(log_format: Literal["console", "json"], *, colors: bool) -> logging.Formatter:
    """Exceptions become text before the masking, so that no part of a traceback goes around it."""
    renderer: Processor = structlog.processors.JSONRenderer()
    if log_format == "console":
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_facts(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _mask_event,
            renderer,
        ],
    )


def log_uncaught() -> None:
    """Let exceptions that end the process or a thread go through the log, masked, instead of plainly to stderr."""
    sys.excepthook = _log_end_of_process
    threading.excepthook = _log_end_of_thread


def _log_end_of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger(__name__).critical("the process ends by an error", exc_info=(kind, error, trace))


def _log_end_of_thread(end: threading.ExceptHookArgs) -> None:
    if end.exc_value is None or issubclass(end.exc_type, SystemExit):
        return
    facts = (end.exc_type, end.exc_value, end.exc_traceback)
    structlog.get_logger(__name__).critical("a thread ends by an error", exc_info=facts)
