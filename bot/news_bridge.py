"""Carries news between the processes that work on one PostgreSQL database. SQLite has one process and no bridge.

News is a hint, and travels after the commit: a process that is killed in between sends none. So each process also looks
at the database every half a minute, and after each outage of its connection.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.engine.databases.notices import LONGEST_TEXT, Notices
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case
from bot.storage.reports.changed import Changed, cases_since, jobs_of_cases, jobs_since
from bot.storage.reports.ended_remixes import newest_event
from bot.use_cases.core import Core, News
from bot.waiting import wait_for_event

LOOK_EVERY_S = 30.0

_BATCH_EVERY_S = 0.05
"""Twenty batches a second: with a NOTIFY in each transaction, the prototype made 29 % fewer commits a second."""

_CLOCKS_DIFFER = timedelta(minutes=5)
_CASES_KNOWN_S = 1_000.0
"""For longer than a look goes back, with clocks that differ either way."""

_AFTER_TROUBLE_S = 2.0

# One word for each change: a letter, and the ids that it needs.
_ASKED, _WORKED, _CASE, _REFUSAL, _POSTS = "a", "w", "c", "r", "p"
_DEPARTURE, _RETURN, _SLOT, _ANYTHING = "d", "b", "s", "x"

log = structlog.get_logger(__name__)


class NewsBridge:
    """Give `core.news` to what people do, and `worker_news` to the worker, whose own changes need not wake a worker.

    `run` is a background task. Without it nothing is sent or heard.
    """

    def __init__(self, core: Core, worker_news: News) -> None:
        self._core, self._news, self._worker_news = core, core.news, worker_news
        self._notices: Notices | None = None
        self._is_feeding = False
        self._unsent: dict[str, None] = {}
        self._sent_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._woken = asyncio.Event()
        self._seen: int | None = None
        self.connected = asyncio.Event()
        self._heard_cases: set[tuple[int, int]] = set()
        self._known_cases: dict[tuple[int, int], float] = {}
        self._listen()

    def _listen(self) -> None:
        self._news.on_job.append(lambda job_id: self._note(f"{_ASKED}{job_id}"))
        self._worker_news.on_job.append(lambda job_id: self._note(f"{_WORKED}{job_id}"))
        self._news.on_case.append(self._note_case)
        self._news.on_refusal.append(lambda guild_id: self._note(f"{_REFUSAL}{guild_id}"))
        self._worker_news.on_post_change.append(lambda: self._note(_POSTS))
        self._news.on_departure.append(self._note_departure)
        self._news.on_return.append(lambda guild_id: self._note(f"{_RETURN}{guild_id}"))
        self._news.on_slot.append(lambda: self._note(_SLOT))

    async def run(self) -> None:
        """Runs until it is cancelled."""
        loop = asyncio.get_running_loop()

        def later(function: Callable[..., None], *values: str) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(function, *values)

        # Before the connection: what is sent while it is being made is found by the look after it.
        await self._look()
        self.connected.clear()
        self._notices = notices = Notices(
            self._core.database.url,
            heard=lambda text: later(self._hear, text),
            connected=lambda: later(self._connected),
            overflow=_ANYTHING,
        )
        try:
            self._send()
            while True:
                await wait_for_event(self._woken, LOOK_EVERY_S)
                self._woken.clear()
                if not await self._look():
                    await asyncio.sleep(_AFTER_TROUBLE_S)
                    self._woken.set()
        finally:
            # Of the last deliveries before a stop.
            self._send()
            self._notices = None
            await asyncio.shield(asyncio.to_thread(notices.close))

    def _note(self, word: str) -> None:
        if self._is_feeding:
            return
        self._unsent[word] = None
        if self._timer is None and self._notices is not None:
            wait_s = max(0.0, self._sent_at + _BATCH_EVERY_S - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._send)

    def _note_departure(self, guild_id: int, user_id: int | None) -> None:
        self._note(f"{_DEPARTURE}{guild_id}" + ("" if user_id is None else f".{user_id}"))

    def _note_case(self, case: Case) -> None:
        self._known_cases[case.guild_id, case.number] = time.monotonic()
        self._note(f"{_CASE}{case.guild_id}.{case.number}")

    def _send(self) -> None:
        self._timer = None
        if self._notices is None or not self._unsent:
            return
        words, self._unsent = self._unsent, {}
        # What wakes the worker is news for everybody else too.
        texts = batches(word for word in words if f"{_ASKED}{word[1:]}" not in words or word[0] != _WORKED)
        self._notices.send(texts)
        self._sent_at = time.monotonic()

    def _connected(self) -> None:
        if self.connected.is_set():
            log.info("news of other processes arrives again")
            with self._feeding():
                self._news.look_at_anything()
        self.connected.set()
        self._woken.set()

    def _hear(self, text: str) -> None:
        """On the event loop. What cannot be read is of another version, and is found by the next look."""
        for word in text.split():
            ids = word[1:].split(".")
            if all(each.isdecimal() for each in ids if each):
                with self._feeding():
                    self._feed(word[0], [int(each) for each in ids if each])

    def _feed(self, letter: str, ids: Sequence[int]) -> None:
        match letter, *ids:
            case "a", int(job_id):
                self._news.job_changed(job_id)
            case "w", int(job_id):
                self._worker_news.job_changed(job_id)
            case "c", int(guild_id), int(number):
                self._heard_cases.add((guild_id, number))
                self._woken.set()
            case "r", int(guild_id):
                self._news.refused_by_rule(guild_id)
            case ("p",):
                self._worker_news.post_change_due()
            case "d", int(guild_id), *_:
                self._news.departed(guild_id, ids[1] if ids[1:] else None)
            case "b", int(guild_id):
                self._news.returned(guild_id)
            case ("s",):
                self._worker_news.slot_freed()
            case ("x",):
                self._news.look_at_anything()

    @contextmanager
    def _feeding(self) -> Iterator[None]:
        """What is fed is never sent on: two processes would send it to each other for ever."""
        self._is_feeding = True
        try:
            yield
        finally:
            self._is_feeding = False

    async def _look(self) -> bool:
        """Feed the cases that were heard of, and what nobody sent. False: the database does not answer."""
        heard, now = frozenset(self._heard_cases), time.monotonic()
        self._known_cases = {key: at for key, at in self._known_cases.items() if now - at < _CASES_KNOWN_S}
        since = self._core.clock() - timedelta(seconds=LOOK_EVERY_S) - _CLOCKS_DIFFER
        try:
            found = await self._core.database.read_long(_read, self._seen, heard, since, self._known_cases.keys())
        except DatabaseUnavailableError as error:
            log.info("what other processes did is looked for later", reason=str(error))
            return False
        self._seen, self._heard_cases = found.changed.newest, self._heard_cases - heard
        with self._feeding():
            for job_id in found.changed.job_ids:
                self._worker_news.job_changed(job_id)
            for case in found.cases:
                self._known_cases[case.guild_id, case.number] = now
                self._news.case_added(case)
        if found.changed.more:
            self._woken.set()
        return True


@dataclass(frozen=True, slots=True)
class _Found:
    changed: Changed
    cases: Sequence[Case]


def _read(
    connection: Connection,
    seen: int | None,
    heard: Collection[tuple[int, int]],
    since: datetime,
    known: Collection[tuple[int, int]],
) -> _Found:
    """Transactions write one at a time, so no event with a lower number than one that is seen is stored later."""
    changes = Changed((), newest_event(connection), more=False) if seen is None else jobs_since(connection, seen)
    found = {(case.guild_id, case.number): case for case in cases_since(connection, since)}
    for key in heard - found.keys():
        if (case := cases.find(connection, *key)) is not None:
            found[key] = case
    new = [case for key, case in found.items() if key not in known]
    job_ids = dict.fromkeys([*changes.job_ids, *jobs_of_cases(connection, new)])
    return _Found(replace(changes, job_ids=[*job_ids]), new)


def batches(words: Iterable[str], longest: int = LONGEST_TEXT) -> list[str]:
    """The words in texts of at most that many bytes. All words are ASCII."""
    texts, text = [], ""
    for word in words:
        if text and len(text) + 1 + len(word) > longest:
            texts.append(text)
            text = ""
        text = f"{text} {word}" if text else word
    return [*texts, text] if text else texts
