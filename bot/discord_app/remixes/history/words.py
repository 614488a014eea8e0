"""What people read around the list of their remixes."""

from collections.abc import Sequence

from bot.discord_app.kit.text import plain, timestamp
from bot.discord_app.remixes import words
from bot.use_cases.remixes.job_status import JobStatus

DESCRIPTION = "Your remixes here: see them, make one again, edit or cancel one, or get a result again"
TEXT = "Only those with these words in their prompt"
_REASON = 150


def nothing_found(text: str) -> str:
    return f"No remix of yours here has \u201c{plain(text, 60)}\u201d in its prompt."


def heading(title: str, text: str, removed: Sequence[JobStatus]) -> str:
    """`removed`: what others took down. It is not in the list, but its author can read why."""
    lines = [f"{title} with \u201c{plain(text, 60)}\u201d" if text else title]
    for status in removed:
        reason = status.ended_by.reason if status.ended_by is not None else None
        why = f". The moderators' reason: {plain(reason, _REASON)}" if reason else ""
        lines.append(f"-# {timestamp(status.job.accepted_at)} · {words.in_list(status)}{why}")
    return "\n".join(lines)
