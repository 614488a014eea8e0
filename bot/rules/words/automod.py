"""A server's own AutoMod keyword rules, as far as they can be applied to prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.rules.words.entries import Action, EntryKind, WordEntry
from bot.rules.words.patterns import program_size


class AutoModUse(StrEnum):
    """Whether a server's AutoMod rules hold for prompts. The values are stored."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class AutoModRule:
    """An enabled rule about keywords in messages.

    `blocks` False: it only alerts, so what it finds waits for a review. `exempt_channels` can be categories too.
    """

    id: int
    name: str
    keywords: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    exempt_roles: frozenset[int] = frozenset()
    exempt_channels: frozenset[int] = frozenset()
    blocks: bool = True

    def entries(self) -> list[WordEntry]:
        """Discord's wildcards are ours: https://discord.com/developers/docs/resources/auto-moderation#keyword-matching-strategies."""
        action = Action.REFUSE if self.blocks else Action.REVIEW
        return [
            *(WordEntry(text, action) for text in self.keywords),
            *(WordEntry(text, action, EntryKind.PATTERN) for text in self.patterns),
            *(WordEntry(text, Action.ALLOW) for text in self.allowed),
        ]

    def unreadable_patterns(self) -> Sequence[str]:
        """Those that Rust's engine takes and RE2 does not."""
        return [text for text in self.patterns if program_size(text) == 0]

    def is_exempt(self, channel_ids: frozenset[int], role_ids: frozenset[int]) -> bool:
        return bool(self.exempt_channels & channel_ids or self.exempt_roles & role_ids)


@dataclass(frozen=True, slots=True)
class AutoModFound:
    """`rules` None: the bot may not read them. `presets`: how many use Discord's own lists, which no bot can read."""

    rules: Sequence[AutoModRule] | None
    presets: int = 0


def to_raw_rule(rule: AutoModRule) -> Mapping[str, Any]:
    """For JSON."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(rule).items()}


def from_raw_rule(raw: Mapping[str, Any]) -> AutoModRule:
    return AutoModRule(
        raw["id"],
        raw["name"],
        tuple(raw["keywords"]),
        tuple(raw["patterns"]),
        tuple(raw["allowed"]),
        frozenset(raw["exempt_roles"]),
        frozenset(raw["exempt_channels"]),
        raw["blocks"],
    )
