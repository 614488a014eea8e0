"""How long the gate takes over the longest prompts in a server that lists as much as it can."""

import random
import time
from collections.abc import Sequence
from statistics import median

from bot.rules.words.entries import MOST_PATTERNS, MOST_WORDS, EntryKind, WordEntry
from bot.rules.words.findings import ServerLists
from tests.bench.figures import Bench, Figure, Target, percentile

_LONGEST_PROMPT = 2_000
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
        name: [_ask(lists, _prompt(chance, letters)) for _ in range(bench.counts.claims)]
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
    return [Figure(what, worst, "ms", Target(at_most=5), told)]


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


def _ask(lists: ServerLists, prompt: str) -> float:
    began = time.thread_time()
    lists.judge(prompt)
    return (time.thread_time() - began) * 1000
