"""What the case of an admin's change keeps: the raw values before and after, which undoing compares and restores."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.rules.policy_fields import PolicyChange, RawPlan
from bot.rules.styles import RawStyle


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A role's plan before and after."""

    role_id: int
    before: RawPlan
    after: RawPlan


@dataclass(frozen=True, slots=True)
class StyleChange:
    """A style before and after."""

    style: str
    before: RawStyle
    after: RawStyle


@dataclass(frozen=True, slots=True)
class RemixesGranted:
    """Remixes beyond the quota. `interaction_id` recognizes a command that Discord delivered twice."""

    remixes: int
    interaction_id: int


RecordedChange = PolicyChange | PlanChange | StyleChange | RemixesGranted


def to_details(change: RecordedChange) -> Mapping[str, Any]:
    return asdict(change)


def from_details(details: Mapping[str, Any]) -> RecordedChange | None:
    """None: that case is about something else."""
    if "remixes" in details:
        return RemixesGranted(details["remixes"], details["interaction_id"])
    if "role_id" in details:
        return PlanChange(details["role_id"], details["before"], details["after"])
    if "style" in details:
        return StyleChange(details["style"], details["before"], details["after"])
    if "field" in details:
        return PolicyChange(details["field"], details["before"], details["after"])
    return None
