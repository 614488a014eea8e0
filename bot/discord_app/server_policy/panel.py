"""Builds the panel of `/remix-config`: menus for lists, forms for numbers. controls.py handles their use."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from bot.discord_app.kit import policy_words
from bot.discord_app.kit.command_mentions import mention_commands
from bot.discord_app.moderation.oversight.raid_words import panel_line
from bot.discord_app.server_policy import word_words, words
from bot.discord_app.server_policy.setup_warnings import find_warnings, places_of
from bot.rules.field_values import (
    BLOCK_TIME,
    CHANNEL,
    CHANNELS,
    COUNT,
    DAYS,
    DOLLARS,
    DURATION,
    LADDER,
    MOST_LISTED,
    NEWNESS,
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
)
from bot.rules.policies import Policy
from bot.rules.policy_fields import FIELDS, UNSET, Bounds, Places, PolicyField
from bot.rules.prices import Speed
from bot.use_cases.server_policy.read_server_policy import ServerPolicy

_POSTABLE = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
    discord.ChannelType.public_thread,
]
_LONGEST_TEXT = 100
# https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal
_FIELDS_IN_A_FORM = 5
_BUTTONS_IN_A_ROW = 5

SELECT_ID = "remix-config:set:{name}"
FORM_ID = "remix-config:form:{name}"
WORDS_ID = "remix-config:words"

_CHOSEN: frozenset[Kind] = frozenset({CHANNELS, CHANNEL, ROLES, SPEED, SPEEDS})
_TYPED: Mapping[str, frozenset[Kind]] = {
    "limits": frozenset({DURATION, QUOTA, COUNT}),
    "budget": frozenset({DOLLARS, DAYS}),
    "warnings": frozenset({WARNING_LIMIT, BLOCK_TIME, STRIKES, LADDER, POINTS_TIME}),
    "oversight": frozenset({RESULTS, NEWNESS, REVIEW_TIME}),
    "reports": frozenset({REPORTS, REPORTER_AGE}),
}


@dataclass(frozen=True, slots=True)
class Form:
    """Settings that are typed."""

    button: str
    title: str
    fields: Sequence[PolicyField]


def _forms() -> Iterator[tuple[str, Form]]:
    """By name. The sixth field of a sort begins a second form."""
    for name, kinds in _TYPED.items():
        fields = [field for field in FIELDS if field.kind in kinds]
        button, title = words.FORMS[name]
        for number, start in enumerate(range(0, len(fields), _FIELDS_IN_A_FORM), 1):
            part = fields[start : start + _FIELDS_IN_A_FORM]
            yield (
                (name, Form(button, title, part))
                if number == 1
                else (
                    f"{name}{number}",
                    Form(f"{button} {number}", f"{title} {number}", part),
                )
            )


FORMS: Mapping[str, Form] = dict(_forms())


def panel(guild: discord.Guild | None, server: ServerPolicy, bounds: Bounds) -> ui.LayoutView:
    """With the current values. It is rebuilt after every change."""
    policy, places = server.policy, places_of(guild)
    raid = [panel_line(server.raid)] if server.raid else []
    head = "\n".join([words.TITLE, *raid, *words.warning_lines(find_warnings(guild, server))])
    box: ui.Container[ui.LayoutView] = ui.Container(ui.TextDisplay(head))
    for field in FIELDS:
        if field.kind in _CHOSEN:
            box.add_item(ui.TextDisplay(f"-# {policy_words.means(field)}"))
            box.add_item(ui.ActionRow(_menu(field, policy, bounds, places)))
    lines = [words.field_line(field, policy, bounds) for form in FORMS.values() for field in form.fields]
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay("\n".join(lines)))
    buttons = [_form_button(name, form) for name, form in FORMS.items()]
    listed: ui.Button[ui.LayoutView] = ui.Button(label=word_words.BUTTON, custom_id=WORDS_ID)
    in_rows = [*buttons, listed]
    for first in range(0, len(in_rows), _BUTTONS_IN_A_ROW):
        box.add_item(ui.ActionRow(*in_rows[first : first + _BUTTONS_IN_A_ROW]))
    automod = word_words.automod_line(server.automod, applies=policy.applies_automod)
    lines = [words.style_line(server.styles), word_words.panel_line(server.words), automod]
    lines += [words.picture_line(server.pictures, policy.memory), words.LEGEND, words.MORE]
    more = mention_commands("\n".join(lines))
    box.add_item(ui.TextDisplay(more))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    # Its controls are found by their custom ids, so discord.py need not remember the view.
    view.stop()
    return view


def _menu(field: PolicyField, policy: Policy, bounds: Bounds, places: Places) -> ui.Item[ui.LayoutView]:
    custom_id, empty = SELECT_ID.format(name=field.name), policy_words.unset(field, bounds).capitalize()
    value = getattr(policy, field.attribute)
    chosen = value if isinstance(value, frozenset) else frozenset({value})
    if field.kind in {CHANNELS, CHANNEL}:
        return _channel_menu(custom_id, empty, chosen & places.channels, MOST_LISTED if field.kind.is_list else 1)
    if field.kind is ROLES:
        return _role_menu(custom_id, empty, chosen & places.roles)
    return _speed_menu(custom_id, empty, chosen, len(Speed) if field.kind.is_list else 1)


def _channel_menu(custom_id: str, empty: str, chosen: frozenset[int], most: int) -> "ui.ChannelSelect[ui.LayoutView]":
    kind = discord.SelectDefaultValueType.channel
    return ui.ChannelSelect(
        custom_id=custom_id,
        placeholder=empty,
        channel_types=_POSTABLE,
        min_values=0,
        max_values=most,
        default_values=[discord.SelectDefaultValue(id=each, type=kind) for each in sorted(chosen)],
    )


def _role_menu(custom_id: str, empty: str, chosen: frozenset[int]) -> "ui.RoleSelect[ui.LayoutView]":
    kind = discord.SelectDefaultValueType.role
    return ui.RoleSelect(
        custom_id=custom_id,
        placeholder=empty,
        min_values=0,
        max_values=MOST_LISTED,
        default_values=[discord.SelectDefaultValue(id=each, type=kind) for each in sorted(chosen)],
    )


def _speed_menu(custom_id: str, empty: str, chosen: frozenset[Speed], most: int) -> "ui.Select[ui.LayoutView]":
    options = [discord.SelectOption(label=speed.label, value=speed.value, default=speed in chosen) for speed in Speed]
    return ui.Select(custom_id=custom_id, placeholder=empty, min_values=0, max_values=most, options=options)


def _form_button(name: str, form: Form) -> "ui.Button[ui.LayoutView]":
    custom_id = FORM_ID.format(name=name)
    return ui.Button(label=form.button, style=discord.ButtonStyle.secondary, custom_id=custom_id)


def form_of(name: str, policy: Policy, bounds: Bounds) -> ui.Modal:
    """Prefilled with the current values. Each custom id repeats its value, so only fields that differ are changed."""
    modal = ui.Modal(title=FORMS[name].title, custom_id=FORM_ID.format(name=name))
    for field in FORMS[name].fields:
        now = field.write(policy)
        typed: ui.TextInput[ui.Modal] = ui.TextInput(
            custom_id=f"{field.name}={now}",
            default="" if now == UNSET else now,
            placeholder=words.default_label(policy_words.unset(field, bounds)),
            required=False,
            max_length=_LONGEST_TEXT,
        )
        modal.add_item(ui.Label(text=field.name, description=policy_words.means(field), component=typed))
    # A submitted form is found by its custom id, also after a restart, so discord.py need not remember it.
    modal.stop()
    return modal
