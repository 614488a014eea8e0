"""The styles that a server offers: what each adds to a member's prompt, and how admins' texts become styles."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.rules.field_values import SPEED
from bot.rules.plain_numbers import is_whole
from bot.rules.policies import Policy
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.prices import Speed
from bot.rules.remix_request import MAX_WEIGHT, MIN_WEIGHT, RemixRequest
from bot.rules.visible_text import can_be_seen, one_line

MOST_STYLES = 25
"""As many as Discord shows in a menu and while somebody types.

https://discord.com/developers/docs/components/reference#string-select
"""
LONGEST_NAME = 32
LONGEST_ENDING = 200
STYLE_FIELDS = ("ending", "weight", "speed")
_UNSET = "default"


@dataclass(frozen=True, slots=True)
class Style:
    """`weight` and `speed` apply where a member chooses none; None: what applies without a style."""

    name: str
    ending: str
    weight: int | None = None
    speed: Speed | None = None


Styles = Mapping[str, Style]
"""By key."""

StyleTexts = Mapping[str, Mapping[str, str] | None]
"""What admins want of each style: the texts of its fields by name, or None to remove it."""

SUGGESTED = (
    Style(
        "Claymation",
        "in claymation style, sculpted from plasticine with visible fingerprints, on a miniature set with soft studio "
        "light",
    ),
    Style(
        "Watercolour",
        "as a loose watercolour painting, soft washes bleeding into each other, white paper showing through",
    ),
    Style(
        "Pencil sketch",
        "as a graphite pencil sketch on white paper, confident outlines, cross-hatched shadows, a few construction "
        "lines left in",
    ),
    Style(
        "Pixel art",
        "as 16-bit pixel art, crisp square pixels, a limited palette, dithered shading, no anti-aliasing",
    ),
    Style(
        "Stained glass",
        "as a stained glass window, bold black lead lines between panes of jewel-coloured glass, lit from behind",
    ),
)
"""Five to start with. Admins add them with one button."""


def style_key(name: str) -> str:
    """The same for names that differ only in case, in invisible characters, or in how their accents are encoded."""
    return unicodedata.normalize("NFKC", one_line(name)).casefold()


def change_styles(before: Styles, wanted: StyleTexts, *, keep: bool = False) -> Mapping[str, Style | None] | Problems:
    """The styles that differ from before, by key; None: removed. `keep`: those that exist stay as they are."""
    after, problems = dict[str, Style | None](), list[Problem]()
    seen = set[str]()
    for name, texts in wanted.items():
        key = style_key(name)
        if key in seen:
            problems.append(Problem(ProblemCode.STYLE_TWICE, style=name))
        seen.add(key)
        if keep and key in before:
            continue
        style = None if texts is None else _read_style(name, texts, before.get(key), problems)
        if style != before.get(key):
            after[key] = style
    if len({**before, **after}) - list(after.values()).count(None) > MOST_STYLES:
        problems.append(Problem(ProblemCode.TOO_MANY_STYLES, limit=MOST_STYLES))
    return Problems(problems) if problems else after


def _read_style(
    typed_name: str, texts: Mapping[str, str], before: Style | None, problems: list[Problem]
) -> Style | None:
    """Fields that are not named stay as they are. Adds what is wrong to `problems`."""
    name, wrong = one_line(typed_name), list[Problem]()
    if not can_be_seen(name) or len(name) > LONGEST_NAME:
        wrong.append(Problem(ProblemCode.NOT_A_STYLE_NAME, limit=LONGEST_NAME))
    style = replace(before or Style(name, ""), name=name)
    for field, text in texts.items():
        value = _READERS[field](text) if field in _READERS else Problem(ProblemCode.NO_SUCH_FIELD, field)
        if isinstance(value, Problem):
            wrong.append(replace(value, field=field))
        else:
            style = replace(style, **{field: value})
    if not style.ending and not wrong:
        wrong.append(Problem(ProblemCode.NOT_AN_ENDING, "ending", LONGEST_ENDING))
    problems += [replace(problem, style=typed_name) for problem in wrong]
    return style


def _read_ending(text: str) -> str | Problem:
    ending = one_line(text).lstrip(" ,;")
    if not can_be_seen(ending) or len(ending) > LONGEST_ENDING:
        return Problem(ProblemCode.NOT_AN_ENDING, limit=LONGEST_ENDING)
    return ending


def _read_weight(text: str) -> int | Problem | None:
    if text.strip() == _UNSET:
        return None
    if not is_whole(text.strip()) or not MIN_WEIGHT <= int(text) <= MAX_WEIGHT:
        return Problem(ProblemCode.NOT_A_WEIGHT, limit=MAX_WEIGHT)
    return int(text)


def _read_speed(text: str) -> Any:  # noqa: ANN401 - a speed, a problem or None
    """`Default` is a speed, and `default` leaves it to the server."""
    return None if text.strip() == _UNSET else SPEED.read(text)


_READERS = {"ending": _read_ending, "weight": _read_weight, "speed": _read_speed}


def style_texts(style: Style) -> Mapping[str, str]:
    """As `change_styles` reads it back."""
    return {
        "ending": style.ending,
        "weight": _UNSET if style.weight is None else str(style.weight),
        "speed": _UNSET if style.speed is None else style.speed.label,
    }


RawStyle = Mapping[str, Any] | None
"""As a case keeps it. None: there was no such style."""


def raw_style(style: Style | None) -> RawStyle:
    return None if style is None else asdict(style)


def from_raw_style(raw: RawStyle) -> Style | None:
    return None if raw is None else Style(**{**raw, "speed": Speed(raw["speed"]) if raw["speed"] else None})


def speed_of(policy: Policy, chosen: Speed | None, style: Style | None) -> Speed:
    """The member's choice, else the style's if the server still allows it, else the server's default."""
    of_style = style.speed if style is not None else None
    return chosen or (of_style if of_style is not None and policy.allows(of_style) else policy.speed)


def with_style(request: RemixRequest, style: Style, *, weight_fits: bool) -> RemixRequest:
    """The request as it is stored and sent. `weight_fits`: the style's weight can go with the size that was chosen."""
    weight = request.weight if request.weight is not None or not weight_fits else style.weight
    return replace(request, weight=weight, style_name=style.name, style_ending=style.ending)
