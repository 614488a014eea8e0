"""Every field of a server's policy: its name, its meaning, how it is read and shown, and the operator's ceiling.

To add one: an attribute of `Policy` with its column, a `PolicyField` below, and the rule that asks for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.rules.budgets import Ceilings, Period
from bot.rules.durations import write_seconds
from bot.rules.field_values import (
    CHANNEL,
    CHANNELS,
    COUNT,
    DAYS,
    DOLLARS,
    DURATION,
    QUOTA,
    ROLES,
    SPEED,
    SPEEDS,
    Kind,
    Value,
    Wrong,
)
from bot.rules.limits import Limits
from bot.rules.policies import Plan, Policy
from bot.rules.prices import Speed, dollars

UNSET = "default"
_UNSET_WORDS = frozenset({"", UNSET, "none"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator has set, which no server can pass. `cheapest`: micro-dollars that the cheapest remix needs."""

    limits: Limits
    budgets: Ceilings
    keep_pictures_days: int
    cheapest: int

    @property
    def cooldown_s(self) -> int:
        return int(self.limits.cooldown.total_seconds())


@dataclass(frozen=True, slots=True)
class Places:
    """The ids of what there is in a server: a list of others would shut everybody out."""

    channels: frozenset[int]
    roles: frozenset[int]


def _free(_value: Any, _bounds: Bounds) -> str | None:  # noqa: ANN401 - of any kind
    return None


@dataclass(frozen=True, slots=True)
class PolicyField:
    """`unset` says what holds while it is not set. `refuse` says why a value is not allowed, None where it is."""

    name: str
    attribute: str
    means: str
    kind: Kind
    unset: Callable[[Bounds], str]
    refuse: Callable[[Any, Bounds], str | None] = field(default=_free)

    def read(self, text: str) -> Value | Wrong | None:
        """None: unset."""
        return None if text.strip().lower() in _UNSET_WORDS else self.kind.read(text)

    def write(self, holder: Policy | Plan) -> str:
        """As `read` reads it back."""
        value = getattr(holder, self.attribute)
        return UNSET if value is None or value == frozenset() else self.kind.write(value)

    def shown(self, policy: Policy, bounds: Bounds) -> str:
        """With what holds where it is not set."""
        text = self.write(policy)
        return self.unset(bounds) if text == UNSET else text


def _cooldown(seconds: int, bounds: Bounds) -> str | None:
    least = bounds.cooldown_s
    return f"cannot be below {write_seconds(least)}, as my operator has set it" if seconds < least else None


def _queue_limit(count: int, bounds: Bounds) -> str | None:
    most = bounds.limits.waiting_per_person
    if count < 1:
        return "must be at least 1; `/remix-mod pause` stops all remixes"
    return f"cannot be above {most}, as my operator has set it" if count > most else None


def _budget(period: Period) -> Callable[[int, Bounds], str | None]:
    def refuse(micros: int, bounds: Bounds) -> str | None:
        most = bounds.budgets.get(period)
        if micros < bounds.cheapest:
            return f"must be at least {dollars(bounds.cheapest)}, the cheapest remix"
        return f"cannot be above my operator's {dollars(most)}" if most is not None and micros > most else None

    return refuse


def _no_budget(period: Period) -> Callable[[Bounds], str]:
    return lambda bounds: f"my operator's {dollars(bounds.budgets[period])}" if period in bounds.budgets else "none"


def _keep_pictures(days: int, bounds: Bounds) -> str | None:
    most = bounds.keep_pictures_days
    return f"cannot be above {most}d, as my operator has set it" if days > most else None


def _says(words: str) -> Callable[[Bounds], str]:
    return lambda _bounds: words


FIELDS: Sequence[PolicyField] = (
    PolicyField("channels", "channels", "Where remixes are made", CHANNELS, _says("all")),
    PolicyField("roles", "roles", "Who may make remixes", ROLES, _says("everybody")),
    PolicyField(
        "ignored-roles", "ignored_roles", "Who may not, whatever other roles they have", ROLES, _says("nobody")
    ),
    PolicyField(
        "new-member-age", "new_member_s", "How long after joining a member may begin", DURATION, _says("at once")
    ),
    PolicyField(
        "cooldown",
        "cooldown_s",
        "Time between two remixes of a member",
        DURATION,
        lambda bounds: write_seconds(bounds.cooldown_s),
        _cooldown,
    ),
    PolicyField("daily-quota", "daily_quota", "Remixes a member has on a day of UTC", QUOTA, _says("unlimited")),
    PolicyField("monthly-quota", "monthly_quota", "Remixes a member has in a month of UTC", QUOTA, _says("unlimited")),
    PolicyField(
        "queue-limit",
        "queue_limit",
        "Remixes a member may have on the way at once",
        COUNT,
        lambda bounds: str(bounds.limits.waiting_per_person),
        _queue_limit,
    ),
    PolicyField(
        "daily-budget",
        "daily_budget",
        "Dollars that this server may spend on a day of UTC",
        DOLLARS,
        _no_budget(Period.DAY),
        _budget(Period.DAY),
    ),
    PolicyField(
        "monthly-budget",
        "monthly_budget",
        "Dollars that this server may spend in a month of UTC",
        DOLLARS,
        _no_budget(Period.MONTH),
        _budget(Period.MONTH),
    ),
    PolicyField("speeds", "speeds", "Speeds that may be chosen", SPEEDS, _says("all")),
    PolicyField("default-speed", "default_speed", "Speed where nobody names one", SPEED, _says(Speed.DEFAULT.label)),
    PolicyField("log-channel", "log_channel", "Where moderators see what happens", CHANNEL, _says("none")),
    PolicyField(
        "keep-pictures",
        "keep_pictures_days",
        "How long pictures are kept",
        DAYS,
        lambda bounds: f"{bounds.keep_pictures_days}d",
        _keep_pictures,
    ),
)

PLAN_FIELDS: Sequence[PolicyField] = tuple(each for each in FIELDS if hasattr(Plan, each.attribute))
"""What a role can have of its own."""

_LISTS = frozenset({"channels", "roles", "ignored_roles", "speeds"})


def find(name: str) -> PolicyField | None:
    """However it is spelt: `Log channel`, `log_channel`."""
    plain = "-".join(name.lower().replace("_", " ").replace("-", " ").split())
    return next((each for each in FIELDS if each.name == plain), None)


@dataclass(frozen=True, slots=True)
class Change:
    """One field: its name, and its text before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Problems:
    """Nothing was changed. A line for each thing that is wrong."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A policy with some of its fields changed; `changes` leaves out what was so before."""

    policy: Policy
    changes: Sequence[Change]


def change(
    policy: Policy, texts: Mapping[str, str], bounds: Bounds, places: Places | None = None
) -> Changed | Problems:
    """All of these fields, or none. Without `places` it is not asked whether channels and roles are there."""
    values, problems = _read_all(texts, FIELDS, bounds, places)
    lists = {name: frozenset[int]() for name, value in values.items() if value is None and name in _LISTS}
    changed = replace(policy, **{**values, **lists})
    problems += _together(changed) if {"speeds", "default_speed"} & set(values) else []
    return Problems(problems) if problems else Changed(changed, _differences(policy, changed))


def _read_all(
    texts: Mapping[str, str], fields: Sequence[PolicyField], bounds: Bounds, places: Places | None
) -> tuple[dict[str, Any], list[str]]:
    """Values by attribute, and a line for each that is wrong."""
    values, problems = dict[str, Any](), list[str]()
    for name, text in texts.items():
        each = find(name)
        value = (
            _read(each, text, bounds, places)
            if each is not None and each in fields
            else Wrong("is not the name of a setting here")
        )
        if isinstance(value, Wrong):
            problems.append(f"`{each.name if each else '?'}` {value.why}.")
        elif each is not None:
            values[each.attribute] = value
    return values, problems


def _read(each: PolicyField, text: str, bounds: Bounds, places: Places | None) -> Value | Wrong | None:
    value = each.read(text)
    if value is None or isinstance(value, Wrong):
        return value
    why = each.refuse(value, bounds) or _not_there(each, value, places)
    return Wrong(why) if why else value


def _not_there(each: PolicyField, value: Any, places: Places | None) -> str | None:  # noqa: ANN401 - of any kind
    if places is None:
        return None
    ids = value if isinstance(value, frozenset) else {value}
    there = {CHANNELS: places.channels, CHANNEL: places.channels, ROLES: places.roles}.get(each.kind)
    missing = [] if there is None else sorted(ids - there)
    return f"names what is not in this server: {', '.join(f'`{id_}`' for id_ in missing)}" if missing else None


def _together(policy: Policy) -> list[str]:
    speed = policy.default_speed
    if speed is None or policy.allows(speed):
        return []
    return [f"`default-speed` is {speed.label}, so `speeds` must have it too."]


def _differences(before: Policy, after: Policy) -> list[Change]:
    pairs = [Change(each.name, each.write(before), each.write(after)) for each in FIELDS]
    return [pair for pair in pairs if pair.before != pair.after]


def change_plan(plan: Plan | None, texts: Mapping[str, str], bounds: Bounds) -> Plan | Problems | None:
    """A role's plan with some of its fields changed. None: nothing is left in it."""
    values, problems = _read_all(texts, PLAN_FIELDS, bounds, None)
    if problems:
        return Problems(problems)
    changed = replace(plan or Plan(), **values)
    return None if changed == Plan() else changed


def write_plan(plan: Plan | None) -> str:
    """`cooldown 30s, daily-quota 5`, as `read_plan` reads it back."""
    set_ = [(each.name, each.write(plan)) for each in PLAN_FIELDS] if plan else []
    return ", ".join(f"{name} {text}" for name, text in set_ if text != UNSET) or UNSET


def read_plan(text: str) -> Mapping[str, str]:
    """What `change_plan` takes, every field named."""
    parts = [part.partition(" ") for part in text.split(", ")] if text != UNSET else []
    return {each.name: UNSET for each in PLAN_FIELDS} | {name: value for name, _, value in parts}
