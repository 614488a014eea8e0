"""A server's settings and plans as a file in JSON, which another server or a later day can take in again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.rules.field_values import MOST_LISTED, is_id
from bot.rules.policies import Plan, Plans, Policy
from bot.rules.policy_fields import FIELDS, PLAN_FIELDS, UNSET, Problems

LARGEST_FILE = 64_000
"""Bytes. A server with every plan there can be needs a tenth of it."""
MOST_PLANS = 50
_MOST_PROBLEMS = 15
_SHORT = 40
_PARTS = frozenset({"settings", "plans"})


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """Texts as `policy_fields` reads them. What is not named stays as it is; a plan that is None goes."""

    settings: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[int, Mapping[str, str] | None] = field(default_factory=dict)


def write_file(policy: Policy, plans: Plans) -> str:
    """Everything, what is not set as well: taking it in again brings back what was so."""
    settings = {each.name: each.write(policy) for each in FIELDS}
    return json.dumps(
        {"settings": settings, "plans": {str(role): _plan(plan) for role, plan in plans.items()}}, indent=2
    )


def _plan(plan: Plan) -> Mapping[str, str]:
    return {each.name: each.write(plan) for each in PLAN_FIELDS}


class _TwiceError(Exception):
    """One name stands twice in an object: which of them is meant cannot be known."""


def read_file(data: bytes) -> PolicyTexts | Problems:
    """Its form alone; what the values mean is checked where they are taken in."""
    if len(data) > LARGEST_FILE:
        return Problems([f"The file is larger than {LARGEST_FILE // 1000} kB."])
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_each_once)
    except _TwiceError:
        return Problems(["A name stands twice in the file."])
    except (ValueError, RecursionError):
        return Problems(["That is no JSON file: `/remix-config export` gives you one to begin with."])
    if not isinstance(content, dict) or not content or not set(content) <= _PARTS:
        return Problems(["The file must be one object with `settings`, `plans` or both, and nothing else."])
    return _read_content(content)


def _each_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _read_content(content: Mapping[str, object]) -> PolicyTexts | Problems:
    problems: list[str] = []
    settings = _texts("settings", content.get("settings", {}), {each.name for each in FIELDS}, problems)
    given = content.get("plans", {})
    plans: dict[int, Mapping[str, str] | None] = {}
    if not isinstance(given, dict) or len(given) > MOST_PLANS:
        problems.append(f"`plans` must be an object with {MOST_PLANS} role ids at most.")
        given = {}
    for role, plan in given.items():
        if not is_id(role):
            problems.append("`plans` must be named by the ids of roles.")
            continue
        names = {each.name for each in PLAN_FIELDS}
        plans[int(role)] = None if plan is None or plan == UNSET else _texts(f"plan {role}", plan, names, problems)
    return Problems(shortened(problems)) if problems else PolicyTexts(settings, plans)


def _texts(where: str, given: object, names: set[str], problems: list[str]) -> Mapping[str, str]:
    if not isinstance(given, dict):
        problems.append(f"`{where}` must be an object.")
        return {}
    texts = {}
    for name, value in given.items():
        text = _text(value)
        if name not in names:
            problems.append(f"`{where}` has a name that is no setting: `{_harmless(name)}`.")
        elif text is None:
            problems.append(f"`{name}` must be a text, a number, a list of texts or null.")
        else:
            texts[name] = text
    return texts


def _text(value: object) -> str | None:
    match value:
        case None:
            return UNSET
        case bool():
            return None
        case str() | int():
            return str(value)
        case list() if len(value) <= MOST_LISTED and all(isinstance(each, str) for each in value):
            return ", ".join(value) or UNSET
    return None


def _harmless(name: str) -> str:
    """Somebody else may have written the file."""
    shown = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in " _-"))
    return shown[:_SHORT] or "?"


def shortened(lines: Sequence[str]) -> Sequence[str]:
    """At most so many as somebody reads at once."""
    more = len(lines) - _MOST_PROBLEMS
    return [*lines[:_MOST_PROBLEMS], f"And {more} more."] if more > 0 else lines
