"""Every field of a server's policy: its name, how it is read and written, and the operator's bounds.

To add one: an attribute of `Policy`, a `PolicyField` below, a column (with its migration), its words in
discord_app/kit/policy_words.py, and the rule that asks for it. Commands, panel, file, cases and storage follow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.rules.budgets import Ceilings, Period
from bot.rules.field_values import (
    AUTOMOD,
    BLOCK_TIME,
    CHANNEL,
    CHANNELS,
    COUNT,
    DAYS,
    DOLLARS,
    DURATION,
    LADDER,
    MEMORY,
    NEWNESS,
    OTHERS,
    POINTS_TIME,
    QUOTA,
    REPORTER_AGE,
    REPORTS,
    RESULTS,
    REVIEW_TIME,
    ROLES,
    SPEED,
    SPEEDS,
    STRIKES,
    WARNING_LIMIT,
    Kind,
    RawValue,
    Value,
    to_raw,
)
from bot.rules.limits import Limits
from bot.rules.others_pictures import OthersPictures
from bot.rules.picture_memory import PictureMemory
from bot.rules.points import TIME_S
from bot.rules.policies import RAID_NEW_S, Plan, Policy
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.prices import Speed
from bot.rules.reports import ACCOUNT_AGE_S, HIDES, MEMBER_AGE_S
from bot.rules.reviews import REVIEW_LIMIT, REVIEW_TIME_S
from bot.rules.strikes import SAFETY_REFUSALS
from bot.rules.words.automod import AutoModUse

WARNING_BLOCK_S = 86_400
"""How long the rule blocks in a server that has set `warning-limit` only."""

UNSET = "default"
_UNSET_WORDS = frozenset({"", UNSET, "none"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """The operator's settings, which no server can exceed. `cheapest`: micro-dollars that the cheapest remix needs."""

    limits: Limits
    budgets: Ceilings
    keep_pictures_days: int
    cheapest: int
    keep_prompts_days: int = 90

    @property
    def cooldown_s(self) -> int:
        return int(self.limits.cooldown.total_seconds())


@dataclass(frozen=True, slots=True)
class Places:
    """The ids of the server's channels and roles. A list of ids from elsewhere would shut everybody out."""

    channels: frozenset[int]
    roles: frozenset[int]


def _nothing(*_arguments: object) -> None:
    return None


LONGEST_VALUE = 1000
"""Characters of one setting. 25 channels or roles, as mentions, take 625."""


@dataclass(frozen=True, slots=True)
class PolicyField:
    """`default`: the value that applies while the server has set none; None if there is no limit then.

    `refuse` returns why a value is not allowed, None if it is.
    """

    name: str
    attribute: str
    kind: Kind
    default: Callable[[Bounds], Value | None] = _nothing
    refuse: Callable[[Any, Bounds], Problem | None] = _nothing

    def read(self, text: str) -> Value | Problem | None:
        """None: unset. `Default` is a speed too, so only the lower-case `default` unsets a field of speeds."""
        # Before anything is parsed: 60 kB of speeds took 0.7 s, in the only transaction that writes.
        if len(text) > LONGEST_VALUE:
            return Problem(ProblemCode.TOO_LONG, limit=LONGEST_VALUE)
        value = None if text.strip() == UNSET else self.kind.read(text)
        return None if isinstance(value, Problem) and text.strip().lower() in _UNSET_WORDS else value

    def write(self, holder: Policy | Plan) -> str:
        """As `read` reads it back."""
        value = getattr(holder, self.attribute)
        return UNSET if value is None or value == frozenset() else self.kind.write(value)

    def raw(self, holder: Policy | Plan) -> RawValue:
        return to_raw(getattr(holder, self.attribute))

    def from_raw(self, raw: RawValue) -> Value | None:
        if raw is None:
            return frozenset[int]() if self.kind.is_list else None
        return self.kind.from_raw(raw)


def _cooldown(seconds: int, bounds: Bounds) -> Problem | None:
    least = bounds.cooldown_s
    return Problem(ProblemCode.BELOW_OPERATOR, limit=least) if seconds < least else None


def _queue_limit(count: int, bounds: Bounds) -> Problem | None:
    most = bounds.limits.waiting_per_person
    if count < 1:
        return Problem(ProblemCode.BELOW_ONE)
    return Problem(ProblemCode.ABOVE_OPERATOR, limit=most) if count > most else None


def _review_time(seconds: int, bounds: Bounds) -> Problem | None:
    # Its pictures are kept no longer.
    most = bounds.keep_pictures_days * 86_400
    return Problem(ProblemCode.ABOVE_OPERATOR, limit=most) if seconds > most else None


def _review_limit(count: int, _bounds: Bounds) -> Problem | None:
    return Problem(ProblemCode.NOT_A_REVIEW_LIMIT) if count < 1 else None


def _budget(period: Period) -> Callable[[int, Bounds], Problem | None]:
    def refuse(micros: int, bounds: Bounds) -> Problem | None:
        most = bounds.budgets.get(period)
        if micros < bounds.cheapest:
            return Problem(ProblemCode.BELOW_CHEAPEST, limit=bounds.cheapest)
        return Problem(ProblemCode.ABOVE_OPERATOR, limit=most) if most is not None and micros > most else None

    return refuse


def _keep_pictures(days: int, bounds: Bounds) -> Problem | None:
    most = bounds.keep_pictures_days
    return Problem(ProblemCode.ABOVE_OPERATOR, limit=most) if days > most else None


def _keep_prompts(days: int, bounds: Bounds) -> Problem | None:
    most = bounds.keep_prompts_days
    return Problem(ProblemCode.ABOVE_OPERATOR, limit=most) if days > most else None


FIELDS: Sequence[PolicyField] = (
    PolicyField("channels", "channels", CHANNELS),
    PolicyField("roles", "roles", ROLES),
    PolicyField("ignored-roles", "ignored_roles", ROLES),
    PolicyField("new-member-age", "new_member_s", DURATION),
    PolicyField("cooldown", "cooldown_s", DURATION, lambda bounds: bounds.cooldown_s, _cooldown),
    PolicyField("daily-quota", "daily_quota", QUOTA),
    PolicyField("monthly-quota", "monthly_quota", QUOTA),
    PolicyField("queue-limit", "queue_limit", COUNT, lambda bounds: bounds.limits.waiting_per_person, _queue_limit),
    PolicyField(
        "daily-budget", "daily_budget", DOLLARS, lambda bounds: bounds.budgets.get(Period.DAY), _budget(Period.DAY)
    ),
    PolicyField(
        "monthly-budget",
        "monthly_budget",
        DOLLARS,
        lambda bounds: bounds.budgets.get(Period.MONTH),
        _budget(Period.MONTH),
    ),
    PolicyField("speeds", "speeds", SPEEDS),
    PolicyField("default-speed", "default_speed", SPEED, lambda _bounds: Speed.DEFAULT),
    PolicyField("others-pictures", "others_pictures", OTHERS, lambda _bounds: OthersPictures.OWN),
    PolicyField("automod", "automod", AUTOMOD, lambda _bounds: AutoModUse.ON),
    PolicyField("picture-memory", "picture_memory", MEMORY, lambda _bounds: PictureMemory.NEAR),
    PolicyField("review-channels", "review_channels", CHANNELS),
    PolicyField("log-channel", "log_channel", CHANNEL),
    PolicyField("keep-pictures", "keep_pictures_days", DAYS, lambda bounds: bounds.keep_pictures_days, _keep_pictures),
    PolicyField("keep-prompts", "keep_prompts_days", DAYS, lambda bounds: bounds.keep_prompts_days, _keep_prompts),
    PolicyField("warning-limit", "warning_limit", WARNING_LIMIT),
    PolicyField("warning-block", "warning_block_s", BLOCK_TIME, lambda _bounds: WARNING_BLOCK_S),
    PolicyField("safety-refusals", "safety_refusals", STRIKES, lambda _bounds: SAFETY_REFUSALS),
    PolicyField("points-ladder", "points_ladder", LADDER),
    PolicyField("points-time", "points_time_s", POINTS_TIME, lambda _bounds: TIME_S),
    PolicyField("second-moderator", "second_moderator", RESULTS),
    PolicyField("review-newcomers", "review_newcomers_s", NEWNESS),
    PolicyField("review-time", "review_time_s", REVIEW_TIME, lambda _bounds: REVIEW_TIME_S, _review_time),
    PolicyField("review-limit", "review_limit", RESULTS, lambda _bounds: REVIEW_LIMIT, _review_limit),
    PolicyField("report-hides", "report_hides", REPORTS, lambda _bounds: HIDES),
    PolicyField("report-account-age", "report_account_s", REPORTER_AGE, lambda _bounds: ACCOUNT_AGE_S),
    PolicyField("report-member-age", "report_member_s", REPORTER_AGE, lambda _bounds: MEMBER_AGE_S),
    PolicyField("raid-new-members", "raid_new_s", NEWNESS, lambda _bounds: RAID_NEW_S),
)

PLAN_FIELDS: Sequence[PolicyField] = tuple(field for field in FIELDS if hasattr(Plan, field.attribute))
"""What a role's plan can have."""


def find(name: str) -> PolicyField | None:
    """Accepts other spellings of the name too: `Log channel`, `log_channel`."""
    plain = "-".join(name.lower().replace("_", " ").replace("-", " ").split())
    return next((field for field in FIELDS if field.name == plain), None)


RawPlan = Mapping[str, RawValue] | None
"""The limits that a plan sets, by the name of the field. None: no plan."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One field before and after, as a case keeps it."""

    field: str
    before: RawValue
    after: RawValue


@dataclass(frozen=True, slots=True)
class Changed:
    """A policy with some of its fields changed; `changes` leaves out those that had the same value before."""

    policy: Policy
    changes: Sequence[PolicyChange]


def change(
    policy: Policy, texts: Mapping[str, str], bounds: Bounds, places: Places | None = None
) -> Changed | Problems:
    """Change all of these fields or none. Without `places` any channel or role is accepted."""
    values, problems = _read_all(texts, FIELDS, bounds, places)
    return _changed(policy, values, problems)


def restore(policy: Policy, field: PolicyField, raw: RawValue, bounds: Bounds) -> Policy | Problems:
    """Give a field a value that it had before, if the operator still allows it."""
    value, problem = _check(field, field.from_raw(raw), bounds)
    changed = _changed(policy, {field.attribute: value}, [problem] if problem else [])
    return changed if isinstance(changed, Problems) else changed.policy


def _changed(policy: Policy, values: Mapping[str, Any], problems: Sequence[Problem]) -> Changed | Problems:
    changed = replace(policy, **values)
    speed = changed.default_speed
    found = list(problems)
    if {"speeds", "default_speed"} & set(values) and speed is not None and not changed.allows(speed):
        found.append(Problem(ProblemCode.DEFAULT_SPEED_NOT_ALLOWED, "default-speed", speed))
    return Problems(found) if found else Changed(changed, _differences(policy, changed))


def _read_all(
    texts: Mapping[str, str], fields: Sequence[PolicyField], bounds: Bounds, places: Places | None
) -> tuple[dict[str, Any], list[Problem]]:
    """Values by attribute, and what is wrong with the others."""
    values, problems = dict[str, Any](), list[Problem]()
    for name, text in texts.items():
        field = find(name)
        if field is None or field not in fields:
            problems.append(Problem(ProblemCode.NO_SUCH_FIELD, name))
            continue
        read = field.read(text)
        value, problem = (None, read) if isinstance(read, Problem) else _check(field, read, bounds, places)
        if problem is not None:
            problems.append(replace(problem, field=field.name))
        else:
            values[field.attribute] = field.from_raw(None) if value is None else value
    return values, problems


def _check(
    field: PolicyField, value: Value | None, bounds: Bounds, places: Places | None = None
) -> tuple[Value | None, Problem | None]:
    if value is None or value == frozenset():
        return value, None
    problem = field.refuse(value, bounds) or _not_there(field, value, places)
    return value, replace(problem, field=field.name) if problem else None


def _not_there(field: PolicyField, value: Any, places: Places | None) -> Problem | None:  # noqa: ANN401 - of any kind
    there = (
        {CHANNELS: places.channels, CHANNEL: places.channels, ROLES: places.roles}.get(field.kind) if places else None
    )
    if there is None:
        return None
    missing = sorted((value if isinstance(value, frozenset) else {value}) - there)
    return Problem(ProblemCode.NOT_IN_SERVER, ids=missing) if missing else None


def _differences(before: Policy, after: Policy) -> list[PolicyChange]:
    pairs = [PolicyChange(field.name, field.raw(before), field.raw(after)) for field in FIELDS]
    return [pair for pair in pairs if pair.before != pair.after]


def change_plan(plan: Plan | None, texts: Mapping[str, str], bounds: Bounds) -> Plan | Problems | None:
    """A role's plan with some of its fields changed. None: nothing is left in it."""
    values, problems = _read_all(texts, PLAN_FIELDS, bounds, None)
    if problems:
        return Problems(problems)
    changed = replace(plan or Plan(), **values)
    return None if changed == Plan() else changed


def raw_plan(plan: Plan | None) -> RawPlan:
    if plan is None:
        return None
    raw = {field.name: field.raw(plan) for field in PLAN_FIELDS}
    return {name: value for name, value in raw.items() if value is not None}


def restore_plan(raw: RawPlan, bounds: Bounds) -> Plan | Problems | None:
    """A plan as it was before, if the operator still allows it."""
    if raw is None:
        return None
    checked = {field.attribute: _check(field, field.from_raw(raw.get(field.name)), bounds) for field in PLAN_FIELDS}
    problems = [problem for _value, problem in checked.values() if problem is not None]
    values: dict[str, Any] = {attribute: value for attribute, (value, _problem) in checked.items()}
    return Problems(problems) if problems else Plan(**values)
