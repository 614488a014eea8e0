"""What admins read about what their moderators did."""

from collections.abc import Iterable

from bot.discord_app.matters.words import KINDS
from bot.discord_app.moderation.case_words import CASE_KINDS
from bot.rules.cases import CaseKind
from bot.rules.durations import write_seconds
from bot.use_cases.moderation.oversight.statistics import Decided, ModeratorRecord, Statistics

DESCRIPTION = "For admins: what each moderator did and decided"
DAYS = "How many days back (default: 30)"
NOT_AN_ADMIN = "Only people with **Manage Server** can see what each moderator did."
COLUMNS = ("moderator", "what", "count", "undone", "usually after")

# A message has 2,000 characters.
_LONGEST = 1_800
_NAMED = 5
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def summary(found: Statistics) -> str:
    days = "day" if found.days == 1 else f"{found.days} days"
    if not found.moderators:
        return f"No moderator did anything here in the last {days}."
    lines = [f"**What moderators did in the last {days}** (the table has all; what rules did is left out)"]
    for number, each in enumerate(found.moderators):
        line = _line(each)
        if len("\n".join([*lines, line])) > _LONGEST:
            return "\n".join([*lines, f"-# and {len(found.moderators) - number} more in the table"])
        lines.append(line)
    return "\n".join(lines)


def _line(record: ModeratorRecord) -> str:
    parts = []
    if record.total:
        kinds = [f"{CASE_KINDS[kind].title} {count}" for kind, count in _by_count(record.actions.items())]
        parts.append(f"{_count(record.total, 'action')} ({', '.join(kinds)})")
    if undone := sum(record.undone.values()):
        parts.append(f"{undone} undone")
    if record.decided:
        decided = [
            f"{KINDS[kind]} {each.count}, usually after {usually(each)}" for kind, each in record.decided.items()
        ]
        parts.append(f"decided: {'; '.join(decided)}")
    return f"- <@{record.user_id}>: {' · '.join(parts)}"


def _by_count(counts: Iterable[tuple[CaseKind, int]]) -> list[tuple[CaseKind, int]]:
    return sorted(counts, key=lambda pair: -pair[1])[:_NAMED]


def usually(decided: Decided) -> str:
    """Without the small units: `2h 10m`, `3d 4h`."""
    seconds = max(_MINUTE_S, int(decided.usually.total_seconds()))
    return write_seconds(seconds - seconds % (_HOUR_S if seconds >= _DAY_S else _MINUTE_S))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"
