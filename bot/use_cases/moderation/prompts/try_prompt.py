"""Tells moderators what the lists of their server would do with a prompt. Records nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.words.entries import Action
from bot.rules.words.findings import WordFacts, first
from bot.rules.words.matcher import Prompt
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class TriedPrompt:
    """`outcome` None: it would go through. `readings`: the prompt as it was read, each reading once.

    As for a member whom no rule of AutoMod exempts.
    """

    outcome: Action | None
    facts: WordFacts
    readings: Sequence[str]


async def try_prompt(core: Core, guild_id: int, prompt: str) -> TriedPrompt:
    await core.words.prepare(core.database, guild_id, prompt)
    facts = await core.database.read(core.words.judge, guild_id, prompt)
    return TriedPrompt(_outcome(facts), facts, await asyncio.to_thread(_readings, prompt))


def _outcome(facts: WordFacts) -> Action | None:
    hits = [*facts.hits, *(each.hit for each in facts.by_automod)]
    if facts.is_cut or first(hits, Action.REFUSE):
        return Action.REFUSE
    return Action.REVIEW if hits else None


def _readings(prompt: str) -> Sequence[str]:
    read = Prompt(prompt)
    texts = [read.plain.text, read.by_looks.text, *(each.text for each in read.tricks)]
    return list(dict.fromkeys(text.strip() for text in texts))
