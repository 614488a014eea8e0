"""The panel of `/remix-config`: menus for lists, forms for numbers. Its controls answer in config_controls.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from bot.discord_app.server_policy import words as replies
from bot.discord_app.server_policy.setup_warnings import find_warnings, places_of
from bot.rules.field_values import MOST_LISTED
from bot.rules.policies import Policy
from bot.rules.policy_fields import UNSET, Bounds, Places, find
from bot.rules.prices import Speed
from bot.use_cases.server_policy.server_settings import ServerSettings

_POSTABLE = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
    discord.ChannelType.public_thread,
]
_LONGEST_TEXT = 100

SELECT_ID = "remix-config:set:{name}"
FORM_ID = "remix-config:form:{name}"


@dataclass(frozen=True, slots=True)
class Form:
    """Settings that are typed, as many as Discord's form takes: five."""

    button: str
    title: str
    fields: Sequence[str]


FORMS: Mapping[str, Form] = {
    "limits": Form(
        "Limits",
        "What a member may do",
        ("cooldown", "daily-quota", "monthly-quota", "queue-limit", "new-member-age"),
    ),
    "budget": Form("Budget and pictures", "Budget and pictures", ("daily-budget", "monthly-budget", "keep-pictures")),
}
SELECTS = ("channels", "roles", "ignored-roles", "log-channel", "speeds", "default-speed")


def panel(guild: discord.Guild | None, settings: ServerSettings, bounds: Bounds) -> ui.LayoutView:
    """As it is now: made anew after every change."""
    policy, places = settings.policy, places_of(guild)
    head = "\n".join([replies.TITLE, *replies.warning_lines(find_warnings(guild, settings))])
    box: ui.Container[ui.LayoutView] = ui.Container(ui.TextDisplay(head))
    for name in SELECTS:
        box.add_item(ui.TextDisplay(f"-# {_means(name)}"))
        box.add_item(ui.ActionRow(_menu(name, policy, places)))
    typed = [find(name) for form in FORMS.values() for name in form.fields]
    lines = [replies.field_line(each, policy, bounds) for each in typed if each is not None]
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay("\n".join(lines)))
    box.add_item(ui.ActionRow(*(_form_button(name, form) for name, form in FORMS.items())))
    box.add_item(ui.TextDisplay(f"{replies.LEGEND}\n{replies.MORE}"))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    # Its controls are answered by their names: the library need not remember it.
    view.stop()
    return view


def _means(name: str) -> str:
    each = find(name)
    return each.means if each is not None else name


def _menu(name: str, policy: Policy, places: Places) -> ui.Item[ui.LayoutView]:
    custom_id = SELECT_ID.format(name=name)
    match name:
        case "channels":
            return _channel_menu(custom_id, "All channels", policy.channels & places.channels, MOST_LISTED)
        case "log-channel":
            log_channel = frozenset({policy.log_channel or 0})
            return _channel_menu(custom_id, "No log channel", log_channel & places.channels, 1)
        case "roles":
            return _role_menu(custom_id, "Everybody", policy.roles & places.roles)
        case "ignored-roles":
            return _role_menu(custom_id, "Nobody", policy.ignored_roles & places.roles)
    return _speed_menu(name, policy, custom_id)


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


def _speed_menu(name: str, policy: Policy, custom_id: str) -> "ui.Select[ui.LayoutView]":
    several = name == "speeds"
    chosen = policy.speeds if several else {policy.default_speed}
    options = [discord.SelectOption(label=speed.label, value=speed.value, default=speed in chosen) for speed in Speed]
    return ui.Select(
        custom_id=custom_id,
        placeholder="All speeds" if several else Speed.DEFAULT.label,
        min_values=0,
        max_values=len(options) if several else 1,
        options=options,
    )


def _form_button(name: str, form: Form) -> "ui.Button[ui.LayoutView]":
    custom_id = FORM_ID.format(name=name)
    return ui.Button(label=form.button, style=discord.ButtonStyle.secondary, custom_id=custom_id)


def form_of(name: str, policy: Policy, bounds: Bounds) -> ui.Modal:
    """Filled with what is set now, which its fields' names tell again: what nobody touches is not changed by it."""
    modal = ui.Modal(title=FORMS[name].title, custom_id=FORM_ID.format(name=name))
    for field in FORMS[name].fields:
        each = find(field)
        if each is None:
            continue
        now = each.write(policy)
        typed: ui.TextInput[ui.Modal] = ui.TextInput(
            custom_id=f"{field}={now}",
            default="" if now == UNSET else now,
            placeholder=f"{UNSET}: {each.unset(bounds)}",
            required=False,
            max_length=_LONGEST_TEXT,
        )
        modal.add_item(ui.Label(text=field, description=each.means, component=typed))
    # It is answered by its name, as after a restart: the library need not remember it.
    modal.stop()
    return modal
