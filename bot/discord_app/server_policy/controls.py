"""Handles the panel's menus, buttons and forms. Each use asks for the permissions that the admin has then."""

import re
from collections.abc import Mapping

from bot.discord_app.kit.controls import Control, Form, Interaction, chosen_values
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import administers
from bot.discord_app.server_policy import words
from bot.discord_app.server_policy.panel import FORMS, form_of, panel
from bot.discord_app.server_policy.setup_warnings import places_of
from bot.rules.policy_fields import UNSET
from bot.rules.policy_file import PolicyTexts
from bot.rules.policy_problems import Problems
from bot.use_cases.server_policy.change_policy import Admin, change_policy
from bot.use_cases.server_policy.read_server_policy import read_server_policy

_FORM = r"remix-config:form:(?P<name>[a-z]{1,20}[0-9]?)"


def read_admin(interaction: Interaction) -> Admin | None:
    """None: this person cannot manage the server now."""
    if interaction.guild_id is None or not administers(interaction):
        return None
    return Admin(interaction.guild_id, interaction.user.id, places_of(interaction.guild), interaction.id)


async def show_panel(interaction: Interaction, features: Features, guild_id: int) -> None:
    """Replaces the reply with the panel and its current values."""
    if features.automod is not None:
        # An admin who has just given the bot a permission wants to see what it does.
        await features.automod.refresh(guild_id)
    server = await read_server_policy(features.core, guild_id)
    await interaction.edit_original_response(view=panel(interaction.guild, server, features.rules.bounds))


async def _change(interaction: Interaction, features: Features, texts: Mapping[str, str]) -> None:
    await defer(interaction, thinking=False)
    admin = read_admin(interaction)
    if admin is None:
        await interaction.followup.send(words.NOT_AN_ADMIN, ephemeral=True)
        return
    outcome = await change_policy(features.core, features.rules.bounds, admin, PolicyTexts(texts))
    await show_panel(interaction, features, admin.guild_id)
    if isinstance(outcome, Problems):
        await interaction.followup.send(words.problems(outcome), ephemeral=True)


class SettingMenu(Control, template=r"remix-config:set:(?P<name>[a-z-]{1,20})"):
    """The choice replaces the whole list; an empty choice unsets it."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await _change(interaction, features, {self.found["name"]: ", ".join(chosen_values(interaction)) or UNSET})


class FormButton(Control, template=_FORM):
    """Opens a form. Discord takes a form only as the first response, so nothing is deferred."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        admin, name = read_admin(interaction), self.found["name"]
        if admin is None or name not in FORMS:
            await interaction.response.send_message(words.NOT_AN_ADMIN, ephemeral=True)
            return
        server = await read_server_policy(features.core, admin.guild_id)
        await interaction.response.send_modal(form_of(name, server.policy, features.rules.bounds))


class SettingsForm(Form):
    """Changes only the fields that were edited: other admins may have changed the rest since the form was opened."""

    pattern = re.compile(_FORM)

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        form = FORMS.get(self.found["name"])
        if form is None:
            return
        allowed = {field.name for field in form.fields}
        typed = {}
        for custom_id, text in fields.items():
            name, _, before = custom_id.partition("=")
            if name in allowed and (text or UNSET) != before:
                typed[name] = text or UNSET
        await _change(interaction, features, typed)


CONTROLS: tuple[type[Control], ...] = (SettingMenu, FormButton)
