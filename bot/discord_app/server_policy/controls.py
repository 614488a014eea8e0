"""What the panel's menus, buttons and forms do. Known by their names alone; every use asks for permission anew."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self, cast

import discord
from discord import ui

from bot.discord_app.kit.features import ConfigFeatures, Features
from bot.discord_app.kit.interactions import answer_unplanned, defer
from bot.discord_app.kit.permissions import administers
from bot.discord_app.server_policy import words as replies
from bot.discord_app.server_policy.panel import FORMS, form_of, panel
from bot.discord_app.server_policy.setup_warnings import places_of
from bot.rules.policy_fields import UNSET, Problems
from bot.rules.policy_file import PolicyTexts
from bot.use_cases.server_policy.change_policy import Admin

_Interaction = discord.Interaction[Any]
_FORM = re.compile(r"remix-config:form:(?P<name>[a-z]{1,20})")
_NO_MENU = re.compile(r"(?!)")


class _HasFeatures(Protocol):
    """Our client."""

    features: Features


def _config(interaction: _Interaction) -> ConfigFeatures:
    return cast("_HasFeatures", interaction.client).features.config


def read_admin(interaction: _Interaction) -> Admin | None:
    """None: whoever it is may not manage the server now."""
    if interaction.guild_id is None or not administers(interaction):
        return None
    return Admin(interaction.guild_id, interaction.user.id, places_of(interaction.guild), interaction.id)


async def show_panel(interaction: _Interaction, config: ConfigFeatures, guild_id: int) -> None:
    """In the place of the reply, with what is set now."""
    settings = await config.settings.of(guild_id)
    await interaction.edit_original_response(view=panel(interaction.guild, settings, config.bounds))


async def _change(interaction: _Interaction, texts: Mapping[str, str]) -> None:
    await defer(interaction, thinking=False)
    admin, config = read_admin(interaction), _config(interaction)
    if admin is None:
        await interaction.followup.send(replies.NOT_AN_ADMIN, ephemeral=True)
        return
    outcome = await config.change.change(admin, PolicyTexts(texts))
    await show_panel(interaction, config, admin.guild_id)
    if isinstance(outcome, Problems):
        await interaction.followup.send(replies.problems(outcome), ephemeral=True)


class SettingMenu(ui.DynamicItem[ui.Item[Any]], template=r"remix-config:set:(?P<name>[a-z-]{1,20})"):
    """What is chosen is the whole list; nothing chosen unsets it."""

    def __init__(self, menu: ui.Item[Any], name: str) -> None:
        super().__init__(menu)
        self.name = name

    @classmethod
    async def from_custom_id(cls, _interaction: _Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(item, match["name"])

    async def callback(self, interaction: _Interaction) -> None:
        chosen = cast("Mapping[str, Any]", interaction.data or {}).get("values", [])
        try:
            await _change(interaction, {self.name: ", ".join(map(str, chosen)) or UNSET})
        except Exception as error:  # noqa: BLE001 - a person always gets an answer
            await answer_unplanned(interaction, error)


class FormButton(ui.DynamicItem[ui.Button[Any]], template=_FORM.pattern):
    """Opens a form: Discord takes it as the first answer only, so nothing is deferred."""

    def __init__(self, button: ui.Button[Any], name: str) -> None:
        super().__init__(button)
        self.name = name

    @classmethod
    async def from_custom_id(cls, _interaction: _Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(cast("ui.Button[Any]", item), match["name"])

    async def callback(self, interaction: _Interaction) -> None:
        try:
            admin, config = read_admin(interaction), _config(interaction)
            if admin is None or self.name not in FORMS:
                await interaction.response.send_message(replies.NOT_AN_ADMIN, ephemeral=True)
                return
            settings = await config.settings.of(admin.guild_id)
            await interaction.response.send_modal(form_of(self.name, settings.policy, config.bounds))
        except Exception as error:  # noqa: BLE001 - a person always gets an answer
            await answer_unplanned(interaction, error)


CONTROLS: tuple[type[ui.DynamicItem[Any]], ...] = (SettingMenu, FormButton)


async def on_form(interaction: _Interaction) -> None:
    """A form was sent: also one that was opened before a restart. Not ours: nothing happens."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    form = _FORM.fullmatch(str(data.get("custom_id")))
    if form is None or form["name"] not in FORMS:
        return
    try:
        allowed = FORMS[form["name"]].fields
        typed = {name: text for name, before, text in _typed(data) if name in allowed and text != before}
        await _change(interaction, typed)
    except Exception as error:  # noqa: BLE001 - a person always gets an answer
        await answer_unplanned(interaction, error)


def _typed(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The name of each setting in the form, what it showed, and what was typed."""
    for part in data.get("components", []):
        field = part.get("component", {})
        name, _, before = str(field.get("custom_id", "")).partition("=")
        yield name, before, str(field.get("value") or "").strip() or UNSET
