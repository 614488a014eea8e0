"""Builds the form in which a member says what a remix of a picture that I already have should become, and reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from discord import SelectOption, TextStyle, ui

from bot.discord_app.kit.custom_ids import JOB_PATTERN
from bot.discord_app.remixes import words
from bot.discord_app.remixes.forms import words as form_words
from bot.rules.origins import Origin
from bot.rules.prices import Prices, Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import MAX_WEIGHT, MIN_WEIGHT, RawOptions
from bot.rules.resolutions import Resolution

FORM_PATTERN = rf"remix:form:(?P<origin>edit|result):{JOB_PATTERN}"

# Discord's limits for a text field, and for a menu, one of whose choices is "automatic":
# https://docs.discord.com/developers/components/reference
_LONGEST_TEXT = 4000
_MOST_SIZES = 24
_AUTOMATIC = "auto"


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form shows at first. `positions`: the results to choose from, if there are several."""

    prompt: str
    weight: int | None
    resolution: Resolution | None
    speed: Speed
    positions: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen. `speeds`: those that the server allows."""

    speeds: Sequence[Speed]
    prices: Prices
    resolutions: Sequence[Resolution]
    max_prompt_chars: int


def remix_form(origin: Origin, custom_id: str, filled: Filled, choices: Choices) -> ui.Modal:
    modal = ui.Modal(title=form_words.TITLES[origin], custom_id=custom_id)
    modal.add_item(_prompt_field(origin, filled.prompt, choices.max_prompt_chars))
    modal.add_item(_weight_field(filled.weight))
    modal.add_item(ui.Label(text=form_words.SPEED, component=_speed_menu(filled.speed, choices)))
    modal.add_item(ui.Label(text=form_words.SIZE, component=_size_menu(filled.resolution, choices.resolutions)))
    if len(filled.positions) > 1:
        modal.add_item(ui.Label(text=form_words.PICTURE, component=_picture_menu(filled.positions)))
    # A submitted form is found by its custom id, also after a restart, so discord.py need not remember it.
    modal.stop()
    return modal


def _prompt_field(origin: Origin, prompt: str, max_prompt_chars: int) -> "ui.Label[ui.Modal]":
    longest = min(max_prompt_chars, _LONGEST_TEXT)
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="prompt", style=TextStyle.paragraph, default=prompt[:longest] or None, max_length=longest
    )
    hint = form_words.PROMPT_CUT if len(prompt) > longest else form_words.PROMPT_HINTS[origin]
    return ui.Label(text=form_words.PROMPT, description=hint, component=field)


def _weight_field(weight: int | None) -> "ui.Label[ui.Modal]":
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="weight",
        default=str(weight) if weight else None,
        placeholder=form_words.WEIGHT_EMPTY,
        required=False,
        max_length=3,
    )
    return ui.Label(text=form_words.WEIGHT, description=form_words.WEIGHT_HINT, component=field)


def _speed_menu(chosen: Speed, choices: Choices) -> "ui.Select[ui.Modal]":
    options = [
        SelectOption(label=words.speed_choice(speed, choices.prices[speed]), value=speed.value, default=speed is chosen)
        for speed in choices.speeds
    ]
    return ui.Select(custom_id="speed", options=options)


def _size_menu(chosen: Resolution | None, offered: Sequence[Resolution]) -> "ui.Select[ui.Modal]":
    sizes = list(offered[:_MOST_SIZES])
    if chosen is not None and chosen not in sizes:
        sizes[-1] = chosen
    options = [SelectOption(label=form_words.SAME_SHAPE, value=_AUTOMATIC, default=chosen is None)]
    options += [SelectOption(label=size.label, value=str(size), default=size == chosen) for size in sizes]
    return ui.Select(custom_id="size", options=options)


def _picture_menu(positions: Sequence[int]) -> "ui.Select[ui.Modal]":
    options = [
        SelectOption(label=form_words.picture(position), value=str(position), default=position == positions[0])
        for position in positions
    ]
    return ui.Select(custom_id="picture", options=options)


def read_form(fields: Mapping[str, str]) -> RawOptions | Refused:
    """What was typed and chosen. Fields that are missing, as in a forged form, count as empty."""
    weight = fields.get("weight", "")
    # ASCII digits only: `int` would also take `1_0` and the digits of other scripts.
    if weight and not (weight.isascii() and weight.isdigit()):
        return Refused(Reason.OPTION_OUT_OF_RANGE, option="weight", least=MIN_WEIGHT, limit=MAX_WEIGHT)
    size = fields.get("size", _AUTOMATIC)
    return RawOptions(
        prompt=fields.get("prompt", ""),
        weight=int(weight) if weight else None,
        resolution=None if size == _AUTOMATIC else size,
        speed=fields.get("speed") or None,
    )


def read_position(fields: Mapping[str, str]) -> int | None:
    """The result that was chosen as the source; None if there was nothing to choose."""
    chosen = fields.get("picture", "")
    return int(chosen) if chosen.isascii() and chosen.isdigit() else None
