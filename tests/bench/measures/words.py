"""How long the gate takes over prompts and pictures in a server that lists as much as it can."""

import random
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

from bot.images.likeness.known import KnownPictures
from bot.images.likeness.prints import MOST_KEPT, PRINT_BYTES
from bot.rules.picture_memory import MOST_LISTED, KnownPicture, ListedBecause
from bot.rules.prices import Speed
from bot.rules.refusals import Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.words.entries import MOST_PATTERNS, MOST_WORDS, EntryKind, WordEntry, key_of
from bot.rules.words.findings import ServerLists
from bot.storage.engine.database import Connection
from bot.storage.engine.tables.listed_pictures import listed_pictures, picture_versions
from bot.storage.standing import words
from bot.use_cases.remixes.submit_remix import Accepted
from bot.use_cases.remixes.submitting.new_jobs import NewRemix
from tests.bench.figures import Bench, Figure, Target, percentile
from tests.bench.storage import NEW_REMIX, FreshDatabases, Gate, somebody
from tests.integration.made_storage import START

_LONGEST_PROMPT = 2_000
_LOOKED_UP = 8
"""A picture without a frame, in every orientation."""
_LETTERS = {
    "English": "etaoinshrdlcumwfgypbvk",
    "English with accents and tricks": "etaoinshrdlcumwfgypbvké0153!@",
    "Russian": "оеаинтсрвлкмдпуяыьгзб",
}


async def measure(bench: Bench) -> Sequence[Figure]:
    chance = random.Random(1)  # noqa: S311 - made-up words
    began = time.thread_time()
    lists = ServerLists(1, _entries(chance))
    made_ms = (time.thread_time() - began) * 1000
    took = {
        name: [_time(partial(lists.judge, _prompt(chance, letters))) for _ in range(bench.counts.claims)]
        for name, letters in _LETTERS.items()
    }
    worst = max(percentile(each, 99) for each in took.values())
    told = [
        f"{name}: median {median(each):.2f} ms, 99 of 100 {percentile(each, 99):.2f} ms" for name, each in took.items()
    ]
    told.append(f"made once for a version of the lists, outside of transactions: {made_ms:.0f} ms")
    what = (
        f"reading and judging a prompt of {_LONGEST_PROMPT:,} characters with {MOST_WORDS:,} words and "
        f"{MOST_PATTERNS:,} patterns, 99 of 100 prompts, processor time"
    )
    return [Figure(what, worst, "ms", Target(at_most=5), told), _whole_gate(bench, chance)]


def _whole_gate(bench: Bench, chance: random.Random) -> Figure:
    """In one transaction. The bot compares prompts and pictures before it, in another thread, once for each."""
    took: list[float] = []
    with FreshDatabases(bench.room("lists")).open() as database:
        database.transaction_now(_list_all, chance)
        gate = Gate.on(database, bench.folder)
        for number in range(bench.counts.claims + 1):
            prompt, name = _prompt(chance, _LETTERS["English"]), f"picture {number}"
            # As if it was decoded: that is done in another process, while it is read.
            gate.submit._core.listed_pictures._prints[name] = _prints(chance, _LOOKED_UP)
            new = replace(NEW_REMIX, requests=(RemixRequest(prompt, speed=Speed.TURBO),), source_hash=name)
            outcome, ms = database.transaction_now(_accept, gate, number, new)
            # The first one makes the lists, and some prompts have a listed word by chance.
            took += [ms] if number and isinstance(outcome, Accepted) else []
    known = KnownPictures([KnownPicture(n, "", _prints(chance, MOST_KEPT)) for n in range(MOST_LISTED)])
    compared = [_time(partial(known.find, "", _prints(chance, _LOOKED_UP))) for _ in range(bench.counts.claims)]
    what = (
        f"the whole gate and the acceptance behind it, with {MOST_WORDS:,} words, {MOST_PATTERNS:,} patterns and "
        f"{MOST_LISTED:,} pictures listed, a new prompt of {_LONGEST_PROMPT:,} characters and a new picture each time, "
        "processor time"
    )
    told = [f"99 of 100 {percentile(took, 99):.2f} ms", f"comparing the picture: median {median(compared):.2f} ms"]
    return Figure(what, median(took), "ms", Target(at_most=5), told)


def _accept(connection: Connection, gate: Gate, number: int, new: NewRemix) -> tuple[Accepted | Refused, float]:
    began = time.thread_time()
    outcome = gate.submit._accept(connection, somebody(number), new)
    return outcome, (time.thread_time() - began) * 1000


def _list_all(connection: Connection, chance: random.Random) -> None:
    guild_id = somebody(0).guild_id
    words.write(connection, guild_id, {key_of(entry): entry for entry in _entries(chance)})
    row = {"guild_id": guild_id, "because": ListedBecause.ADDED, "listed_at": START}
    kept = (b64encode(_prints(chance, MOST_KEPT)).decode() for _ in range(MOST_LISTED))
    listed = [{**row, "hash": str(number), "prints": prints} for number, prints in enumerate(kept)]
    connection.execute(listed_pictures.insert(), listed)
    connection.execute(picture_versions.insert().values(guild_id=guild_id, version=1))


def _prints(chance: random.Random, count: int) -> bytes:
    return chance.randbytes(count * PRINT_BYTES)


def _entries(chance: random.Random) -> list[WordEntry]:
    """A third with a wildcard at the end, a third with one at both ends, and patterns that have words in them."""
    words = [_word(chance, "English") for _ in range(MOST_WORDS)]
    shapes = ("{}", "{}*", "*{}*")
    listed = [WordEntry(shapes[n % 3].format(word)) for n, word in enumerate(words)]
    patterns = [
        rf"\b({_word(chance, 'English')}|{_word(chance, 'English')})s?\b.{{0,20}}{_word(chance, 'English')}"
        for _ in range(MOST_PATTERNS)
    ]
    return listed + [WordEntry(text, kind=EntryKind.PATTERN) for text in patterns]


def _word(chance: random.Random, name: str) -> str:
    return "".join(chance.choices(_LETTERS[name], k=chance.randint(6, 11)))


def _prompt(chance: random.Random, letters: str) -> str:
    words = ("".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(_LONGEST_PROMPT))
    return " ".join(words)[:_LONGEST_PROMPT]


def _time(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000
