"""Lets a prompt through that a rule refuses and a moderator allowed once. Every other check of the gate stays."""

from bot.rules.appeals import prompt_key
from bot.rules.words.findings import WordFacts
from bot.storage.appeals import allowances
from bot.storage.engine.database import Connection
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.remixes.gate_facts import Asker


def judge(core: Core, connection: Connection, asker: Asker, sent_prompt: str | None) -> tuple[WordFacts, int | None]:
    """What the lists have against the prompt, and the allowance that would be used up for what they refuse."""
    words = core.words.judge(connection, asker.guild_id, sent_prompt)
    if sent_prompt is None or not words.refuses:
        return words, None
    theirs = (asker.guild_id, asker.user_id, allowances.PROMPTS, prompt_key(sent_prompt))
    found = allowances.find_usable(connection, *theirs, core.clock())
    return (words, None) if found is None else (words.without_refusals(), found)


def use_up(connection: Connection, allowance: int | None, job: Job) -> None:
    """In the transaction that accepts the remix, so that two of them cannot use the same one."""
    if allowance is not None:
        allowances.use(connection, allowance, job)


def still_allowed(connection: Connection, job: Job, words: WordFacts) -> WordFacts:
    """For a remix that was accepted, before it is bought and before it is posted."""
    if not words.refuses:
        return words
    key = prompt_key(job.request.sent_prompt)
    return words.without_refusals() if allowances.holds_for(connection, job, allowances.PROMPTS, key) else words
