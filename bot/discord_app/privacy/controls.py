"""The buttons of `/remix-privacy`. Each concerns the person who clicks, so a forged one reaches nobody else's data."""

from io import BytesIO

import discord
from discord import ui

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.privacy import words
from bot.discord_app.privacy.card import EXPORT_ID, FORGET_ID, OPT_IN_ID, OPT_OUT_ID, privacy_card
from bot.use_cases.consent.opt_out import opt_in

_FORGET_NOW_ID = "remix-privacy:forget-now"
_KEEP_ID = "remix-privacy:keep"


class ExportButton(Control, template=EXPORT_ID):
    """Sends the person's data as a file that only they can see."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        export, user_id = features.privacy.export, interaction.user.id
        if (again_at := export.wait_until(user_id)) is not None:
            await interaction.edit_original_response(content=words.export_later(again_at))
            return
        data = await export.collect(user_id, interaction.filesize_limit)
        file = discord.File(BytesIO(data), filename=f"remix-data-{user_id}.json")
        await interaction.edit_original_response(content=words.EXPORTED, attachments=[file])


class ForgetButton(Control, template=FORGET_ID):
    """Asks once more, in red: nothing brings the data back."""

    async def use(self, interaction: Interaction, _features: Features) -> None:
        await defer(interaction)
        view = ui.View(timeout=None)
        view.add_item(ui.Button(label=words.FORGET_NOW, custom_id=_FORGET_NOW_ID, style=discord.ButtonStyle.danger))
        view.add_item(ui.Button(label=words.KEEP, custom_id=_KEEP_ID))
        view.stop()
        await interaction.edit_original_response(content=words.CONFIRM, view=view)


class ForgetNowButton(Control, template=_FORGET_NOW_ID):
    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction, thinking=False)
        asked = await features.privacy.erase.ask(interaction.user.id)
        await interaction.edit_original_response(content=words.started(asked.asked_at), view=None)


class KeepButton(Control, template=_KEEP_ID):
    async def use(self, interaction: Interaction, _features: Features) -> None:
        await defer(interaction, thinking=False)
        await interaction.edit_original_response(content=words.KEPT, view=None)


class OptOutButton(Control, template=OPT_OUT_ID):
    async def use(self, interaction: Interaction, features: Features) -> None:
        await _defer_on_card(interaction)
        await features.questions.opt_out(interaction.user.id)
        await interaction.edit_original_response(view=await privacy_card(interaction, features))


class OptInButton(Control, template=OPT_IN_ID):
    async def use(self, interaction: Interaction, features: Features) -> None:
        await _defer_on_card(interaction)
        await opt_in(features.core, interaction.user.id)
        await interaction.edit_original_response(view=await privacy_card(interaction, features))


async def _defer_on_card(interaction: Interaction) -> None:
    # Forged on another message, the answer must not replace that message.
    private = interaction.message is not None and interaction.message.flags.ephemeral
    await defer(interaction, thinking=not private)


PRIVACY_BUTTONS: tuple[type[Control], ...] = (
    ExportButton,
    ForgetButton,
    ForgetNowButton,
    KeepButton,
    OptOutButton,
    OptInButton,
)
