"""Reads and writes the file of a server's settings and plans, which another server can import too."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.rules.field_values import MOST_LISTED, is_id
from bot.rules.policies import Plan, Plans, Policy
from bot.rules.policy_fields import FIELDS, PLAN_FIELDS, UNSET
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.styles import MOST_STYLES, STYLE_FIELDS, Style, StyleTexts, style_texts
from bot.rules.words.entries import MOST_WORDS, WordEntry
from bot.rules.words.lists import LISTS, WordTexts, write_lists

LARGEST_FILE = 2_000_000
"""Bytes. Ten thousand words and a thousand patterns of the usual lengths need a tenth of it."""
_LARGEST_REST = 64_000
"""Of all but the words. A server with as many plans and styles as possible needs a third of it."""
MOST_PLANS = 50
_PARTS = frozenset({"settings", "plans", "styles", "words"})

TOO_LARGE = Problems([Problem(ProblemCode.FILE_TOO_LARGE, limit=LARGEST_FILE)])


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """Texts as `policy_fields` and `styles` read them. What is not named stays as it is; None removes a plan or style.

    `keep_styles`: styles that the server has already stay as they are.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[int, Mapping[str, str] | None] = field(default_factory=dict)
    styles: StyleTexts = field(default_factory=dict)
    keep_styles: bool = False
    words: WordTexts = field(default_factory=WordTexts)


def write_file(policy: Policy, plans: Plans, styles: Sequence[Style] = (), words: Sequence[WordEntry] = ()) -> str:
    """Names unset fields too, so that importing it restores all of what was set and unset."""
    settings = {each.name: each.write(policy) for each in FIELDS}
    content = {
        "settings": settings,
        "plans": {str(role): _plan(plan) for role, plan in plans.items()},
        "styles": {style.name: style_texts(style) for style in styles},
        "words": write_lists(words),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _plan(plan: Plan) -> Mapping[str, str]:
    return {each.name: each.write(plan) for each in PLAN_FIELDS}


class _TwiceError(Exception):
    """An object has the same name twice, so which of them is meant cannot be known."""


def read_file(data: bytes) -> PolicyTexts | Problems:
    """Checks the form only. `change_policy` checks the values."""
    if len(data) > LARGEST_FILE:
        return TOO_LARGE
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique)
    except _TwiceError:
        return Problems([Problem(ProblemCode.NAME_TWICE)])
    except (ValueError, RecursionError):
        return Problems([Problem(ProblemCode.NOT_JSON)])
    if not isinstance(content, dict) or not content or not set(content) <= _PARTS:
        return Problems([Problem(ProblemCode.NOT_A_POLICY_FILE)])
    if len(data) > _LARGEST_REST and len(json.dumps({**content, "words": None})) > _LARGEST_REST:
        return Problems([Problem(ProblemCode.FILE_TOO_LARGE, limit=_LARGEST_REST)])
    return _read_content(content)


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _read_content(content: Mapping[str, object]) -> PolicyTexts | Problems:
    problems: list[Problem] = []
    settings = _texts(content.get("settings", {}), {each.name for each in FIELDS}, None, problems)
    given = content.get("plans", {})
    plans: dict[int, Mapping[str, str] | None] = {}
    if not isinstance(given, dict) or len(given) > MOST_PLANS:
        problems.append(Problem(ProblemCode.PLANS_NOT_AN_OBJECT, limit=MOST_PLANS))
        given = {}
    names = {each.name for each in PLAN_FIELDS}
    for role, plan in given.items():
        # With `1` and `01` one plan would replace the other without a word.
        if not is_id(role) or role.startswith("0"):
            problems.append(Problem(ProblemCode.PLAN_WITHOUT_ROLE_ID, role))
            continue
        plans[int(role)] = None if plan is None or plan == UNSET else _texts(plan, names, int(role), problems)
    styles = _read_styles(content.get("styles", {}), problems)
    words = WordTexts(_read_words(content.get("words", {}), problems))
    return Problems(problems) if problems else PolicyTexts(settings, plans, styles, words=words)


def _read_words(given: object, problems: list[Problem]) -> Mapping[str, Sequence[str]]:
    if not isinstance(given, dict):
        problems.append(Problem(ProblemCode.WORDS_NOT_AN_OBJECT, ", ".join(LISTS)))
        return {}
    lists = dict[str, Sequence[str]]()
    for name, texts in given.items():
        if name not in LISTS or not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            problems.append(Problem(ProblemCode.WORDS_NOT_AN_OBJECT, ", ".join(LISTS)))
        elif len(texts) > MOST_WORDS:
            problems.append(Problem(ProblemCode.TOO_MANY_WORDS, limit=MOST_WORDS))
        else:
            lists[name] = texts
    return lists


def _read_styles(given: object, problems: list[Problem]) -> StyleTexts:
    # Twice as many, because a file can replace all of them by others.
    if not isinstance(given, dict) or len(given) > 2 * MOST_STYLES:
        problems.append(Problem(ProblemCode.STYLES_NOT_AN_OBJECT, limit=MOST_STYLES))
        return {}
    styles: dict[str, Mapping[str, str] | None] = {}
    for name, fields in given.items():
        found: list[Problem] = []
        styles[name] = None if fields is None else _texts(fields, set(STYLE_FIELDS), None, found)
        problems += [replace(problem, style=name) for problem in found]
    return styles


def _texts(given: object, names: set[str], role_id: int | None, problems: list[Problem]) -> Mapping[str, str]:
    """`role_id`: the role whose plan it is; None for the server's settings."""
    if not isinstance(given, dict):
        problems.append(Problem(ProblemCode.NOT_AN_OBJECT, role_id=role_id))
        return {}
    texts = {}
    for name, value in given.items():
        text = _text(value)
        if name not in names:
            problems.append(Problem(ProblemCode.NO_SUCH_FIELD, name, role_id=role_id))
        elif text is None:
            problems.append(Problem(ProblemCode.NOT_A_TEXT, name, role_id=role_id))
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
