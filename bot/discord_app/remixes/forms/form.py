"""Builds the form in which a member says what a remix of a picture that I already have should become, and reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from discord import SelectOption, TextStyle, ui

from bot.discord_app.kit.custom_ids import CARD_PATTERN, JOB_PATTERN
from bot.discord_app.remixes import words
from bot.discord_app.remixes.forms import words as form_words
from bot.discord_app.styles.words import form_choice
from bot.rules.origins import Origin
from bot.rules.prices import Prices, Speed
from bot.rules.remix_request import RawOptions
from bot.rules.resolutions import Resolution
from bot.rules.styles import MOST_STYLES, Style

FORM_PATTERN = rf"remix:form:(?P<origin>edit|result):{JOB_PATTERN}{CARD_PATTERN}"

# Discord's limits for a text field, and for a menu, one of whose choices is "automatic":
# https://docs.discord.com/developers/components/reference
_LONGEST_TEXT = 4000
_MOST_SIZES = 24
_AUTOMATIC = "auto"
_NO_STYLE = "none"
_STYLE = "style:"


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form shows at first. `positions`: the results to choose from, if there are several.

    `style`: its name, which the server may not have any more.
    """

    prompt: str
    weight: int | None
    resolution: Resolution | None
    speed: Speed
    positions: Sequence[int] = ()
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen. `speeds`: those that the server allows."""

    speeds: Sequence[Speed]
    prices: Prices
    resolutions: Sequence[Resolution]
    max_prompt_chars: int
    styles: Sequence[Style] = ()


def remix_form(origin: Origin, custom_id: str, filled: Filled, choices: Choices) -> ui.Modal:
    modal = ui.Modal(title=form_words.TITLES[origin], custom_id=custom_id)
    if origin is Origin.UPLOAD:
        modal.add_item(_upload_field())
    modal.add_item(_prompt_field(origin, filled, choices))
    modal.add_item(_weight_field(filled.weight))
    modal.add_item(ui.Label(text=form_words.SPEED, component=_speed_menu(filled.speed, choices)))
    modal.add_item(ui.Label(text=form_words.SIZE, component=_size_menu(filled.resolution, choices.resolutions)))
    if len(filled.positions) > 1:
        modal.add_item(ui.Label(text=form_words.PICTURE, component=_picture_menu(filled.positions)))
    elif choices.styles:
        menu = _style_menu(filled.style, choices.styles)
        modal.add_item(ui.Label(text=form_words.STYLE, description=form_words.STYLE_HINT, component=menu))
    # A submitted form is found by its custom id, also after a restart, so discord.py need not remember it.
    modal.stop()
    return modal


def _upload_field() -> "ui.Label[ui.Modal]":
    """Discord's `file_types` would limit the picker to what is read, but discord.py 2.7.1 cannot send it."""
    field: ui.FileUpload[ui.Modal] = ui.FileUpload(custom_id="image")
    return ui.Label(text=form_words.PICTURE, description=form_words.UPLOAD_HINT, component=field)


def _prompt_field(origin: Origin, filled: Filled, choices: Choices) -> "ui.Label[ui.Modal]":
    prompt, longest = filled.prompt, min(choices.max_prompt_chars, _LONGEST_TEXT)
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id="prompt", style=TextStyle.paragraph, default=prompt[:longest] or None, max_length=longest
    )
    has_style = filled.style in {None, *(style.name for style in choices.styles)}
    hint = form_words.PROMPT_CUT if len(prompt) > longest else form_words.PROMPT_HINTS[origin]
    hint = hint if has_style else form_words.style_is_gone(filled.style or "")
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


def _style_menu(chosen: str | None, styles: Sequence[Style]) -> "ui.Select[ui.Modal]":
    options = [
        SelectOption(
            label=style.name,
            value=f"{_STYLE}{style.name}",
            description=form_choice(style),
            default=style.name == chosen,
        )
        for style in styles
    ]
    # With as many styles as a menu can hold there is no room for a choice of none, but the field can stay empty.
    if len(options) < MOST_STYLES:
        none = SelectOption(
            label=form_words.NO_STYLE, value=_NO_STYLE, default=not any(each.default for each in options)
        )
        options.insert(0, none)
    return ui.Select(custom_id="style", options=options, placeholder=form_words.NO_STYLE, required=False, min_values=0)


def read_form(fields: Mapping[str, str]) -> RawOptions:
    """What was typed and chosen. Fields that are missing, as in a forged form, count as empty.

    A weight that is no number becomes 0, which `read_options` refuses.
    """
    weight = fields.get("weight", "")
    # ASCII digits only: `int` would also take `1_0` and the digits of other scripts.
    if weight and not (weight.isascii() and weight.isdigit()):
        weight = "0"
    size, style = fields.get("size", _AUTOMATIC), fields.get("style", "")
    return RawOptions(
        prompt=fields.get("prompt", ""),
        weight=int(weight) if weight else None,
        resolution=None if size == _AUTOMATIC else size,
        speed=fields.get("speed") or None,
        style=style.removeprefix(_STYLE) if style.startswith(_STYLE) else None,
    )


def read_position(fields: Mapping[str, str]) -> int | None:
    """The result that was chosen as the source; None if there was nothing to choose."""
    chosen = fields.get("picture", "")
    return int(chosen) if chosen.isascii() and chosen.isdigit() else None
