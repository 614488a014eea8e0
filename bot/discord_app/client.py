"""The discord.py client with all commands and buttons. It needs no privileged intent and mentions nobody by default."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.http import HTTPClient, Route

from bot.discord_app.acknowledgements import Acknowledgements
from bot.discord_app.appeals.command import appeal_command
from bot.discord_app.appeals.controls import APPEAL_CONTROLS, AppealForm
from bot.discord_app.appeals.deciding import DecideButton, DecisionForm
from bot.discord_app.command_tree import CommandTree
from bot.discord_app.consent.commands import picture_commands
from bot.discord_app.consent.controls import AnswerButton, PictureForm
from bot.discord_app.gateway_state import GatewayState
from bot.discord_app.kit.controls import Form, on_form_submitted
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import on_command_error
from bot.discord_app.kit.raw_channels import keep_raw_channels
from bot.discord_app.matters.controls import MATTER_CONTROLS, inbox_command
from bot.discord_app.moderation.commands import ModerationCommands
from bot.discord_app.moderation.lists.member_page import MemberButton, MemberForm
from bot.discord_app.moderation.lists.pages import PageButton
from bot.discord_app.moderation.message_commands import message_commands
from bot.discord_app.moderation.prompts.commands import SearchButton
from bot.discord_app.moderation.reason_forms import ReasonForm
from bot.discord_app.moderation.undoing import UndoButton
from bot.discord_app.operator.commands import OperatorCommands
from bot.discord_app.picture_memory.commands import add_picture_commands, test_picture_command
from bot.discord_app.privacy.command import privacy_command
from bot.discord_app.privacy.controls import PRIVACY_BUTTONS
from bot.discord_app.purges.controls import PURGE_CONTROLS
from bot.discord_app.remixes.commands import remix_command
from bot.discord_app.remixes.controls import BUTTONS
from bot.discord_app.remixes.forms.controls import FORM_BUTTONS, RemixForm
from bot.discord_app.remixes.forms.draft_controls import DRAFT_BUTTONS, DraftForm
from bot.discord_app.remixes.forms.upload_form import UploadForm
from bot.discord_app.remixes.history.command import my_remixes_command
from bot.discord_app.remixes.history.controls import LIST_BUTTONS
from bot.discord_app.remixes.sets.controls import SET_BUTTONS
from bot.discord_app.removal.controls import DELETION_CONTROLS, deleted_command
from bot.discord_app.reporting.card import REPORT_CONTROLS
from bot.discord_app.reporting.commands import ReportButton, ReportForm, report_commands
from bot.discord_app.rest.request_budget import RequestBudget
from bot.discord_app.review.controls import REVIEW_CONTROLS, RefuseForm
from bot.discord_app.server_log.controls import LOG_BUTTONS
from bot.discord_app.server_policy.commands import ConfigCommands
from bot.discord_app.server_policy.controls import CONTROLS, SettingsForm
from bot.discord_app.server_policy.greeting import greet
from bot.discord_app.server_policy.help_command import help_command
from bot.discord_app.server_policy.style_commands import SuggestionsButton, add_style_commands
from bot.discord_app.server_policy.word_commands import WordsButton, WordsForm, add_word_commands
from bot.discord_app.statistics.commands import statistics_command
from bot.discord_app.usage.commands import usage_command
from bot.use_cases.operator.alarms import Alarms

MAX_RATE_LIMIT_S = 30.0
"""discord.py waits for shorter rate limits within the request, and raises RateLimited for longer ones. It takes no less
than 30 s. Without it, a request slept for as long as Discord asked: 8,605 s have been seen."""

Sync = Callable[[app_commands.CommandTree[discord.Client]], Awaitable[None]]
"""Makes the commands of that tree known to Discord, or only reads which Discord has."""


class RemixClient(discord.Client):
    """Set `alarms` and call `install` before it logs in."""

    features: Features
    alarms: Alarms

    def __init__(
        self,
        sync: Sync,
        *,
        proxy: str | None = None,
        **sharding: Any,  # noqa: ANN401 - what discord.AutoShardedClient takes besides
    ) -> None:
        self.acknowledgements, self.requests = Acknowledgements(), RequestBudget()
        trace = self.acknowledgements.trace()
        trace.on_request_start.append(self.requests.before_request)
        # The bot has no voice. discord.py warns at each start that the two libraries for it are missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            # Slash commands, buttons and menus need no more than GUILDS; privileged intents need Discord's approval:
            # https://discord.com/developers/docs/events/gateway#privileged-intents
            # MODERATION is not privileged. Where the bot has View Audit Log or Ban Members, it brings bans at once:
            # https://github.com/discord/discord-api-docs/pull/7948
            # AUTO_MODERATION_CONFIGURATION is not privileged either. With Manage Server it brings changed rules.
            intents=discord.Intents(guilds=True, moderation=True, auto_moderation_configuration=True),
            # Prompts are other people's text and are posted by the bot, so no mention in them may notify anybody.
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            # No caches of members and messages: without their intents Discord sends neither.
            max_messages=None,
            # By default discord.py waits until 2 s have passed without a new server, which delays the first replies.
            guild_ready_timeout=0,
            max_ratelimit_timeout=MAX_RATE_LIMIT_S,
            http_trace=trace,
            proxy=proxy,
            **sharding,
        )
        _let_others_go_on(self.http)
        keep_raw_channels(self)
        self.tree = CommandTree(self)
        self.tree.error(on_command_error)
        self._sync = sync
        self.gateway = GatewayState()
        self.answering: set[asyncio.Task[object]] = set()
        """The tasks of commands and clicks that are acknowledged but not finished."""

    def install(self, features: Features) -> None:
        self.features = features
        self.tree.add_command(remix_command(features))
        self.tree.add_command(my_remixes_command(features))
        self.tree.add_command(help_command(features))
        self.tree.add_command(privacy_command(features))
        self.tree.add_command(appeal_command(features))
        config = ConfigCommands(features)
        add_style_commands(config, features)
        add_word_commands(config, features)
        add_picture_commands(config, features)
        self.tree.add_command(config)
        moderation = ModerationCommands(features)
        moderation.add_command(inbox_command(features))
        moderation.records.add_command(usage_command(features.core))
        moderation.records.add_command(statistics_command(features.core))
        moderation.records.add_command(deleted_command(features))
        moderation.test.add_command(test_picture_command(features))
        self.tree.add_command(moderation)
        for command in (*message_commands(), *picture_commands(features), *report_commands()):
            self.tree.add_command(command)
        if (operator := features.operator) is not None:
            self.tree.add_command(OperatorCommands(features, operator), guild=discord.Object(operator.guild_id))
        self.add_dynamic_items(*BUTTONS, *FORM_BUTTONS, *DRAFT_BUTTONS, *LIST_BUTTONS, *DELETION_CONTROLS)
        self.add_dynamic_items(*CONTROLS, *PRIVACY_BUTTONS, *SET_BUTTONS, *REVIEW_CONTROLS, WordsButton, SearchButton)
        self.add_dynamic_items(*REPORT_CONTROLS, ReportButton)
        self.add_dynamic_items(
            *MATTER_CONTROLS,
            *PURGE_CONTROLS,
            *LOG_BUTTONS,
            AnswerButton,
            MemberButton,
            PageButton,
            UndoButton,
            SuggestionsButton,
        )
        self.add_dynamic_items(*APPEAL_CONTROLS, DecideButton)

    async def setup_hook(self) -> None:
        await self._sync(self.tree)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Handles submitted forms. discord.py only knows the forms that it opened since the process started."""
        if interaction.type is discord.InteractionType.modal_submit:
            forms: list[type[Form]] = [RemixForm, UploadForm, PictureForm, DraftForm, AppealForm]
            forms += [SettingsForm, WordsForm, ReasonForm, MemberForm, DecisionForm, RefuseForm, ReportForm]
            await on_form_submitted(interaction, forms)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.features.departures.bot_joined(guild.id)
        await greet(guild, self.features)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Not called for an outage, after which the server is only unavailable."""
        await self.features.departures.bot_removed(guild.id)

    async def on_member_ban(self, guild: discord.Guild, person: discord.User | discord.Member) -> None:
        await self.features.departures.member_banned(guild.id, person.id)

    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        if before.overwrites != after.overwrites:
            await self.features.matters.redraw.readers_changed(after.guild.id)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        if before.permissions != after.permissions:
            await self.features.matters.redraw.readers_changed(after.guild.id)

    async def on_automod_rule_create(self, rule: discord.AutoModRule) -> None:
        await self._automod_changed(rule)

    async def on_automod_rule_update(self, rule: discord.AutoModRule) -> None:
        await self._automod_changed(rule)

    async def on_automod_rule_delete(self, rule: discord.AutoModRule) -> None:
        await self._automod_changed(rule)

    async def _automod_changed(self, rule: discord.AutoModRule) -> None:
        if self.features.automod is not None:
            await self.features.automod.refresh(rule.guild.id)

    async def on_ready(self) -> None:
        """Comes after each new session, so more than once. Discord names all servers, also unavailable ones."""
        self.gateway.connected()
        await self.features.departures.find_left_servers([guild.id for guild in self.guilds])

    async def on_resumed(self) -> None:
        self.gateway.connected()

    async def on_disconnect(self) -> None:
        self.gateway.lost()

    async def answered(self) -> None:
        """Waits until all commands and clicks are finished. Call it at shutdown, before the connection closes."""
        while self.answering:
            await asyncio.wait(self.answering)


def _let_others_go_on(http: HTTPClient) -> None:
    """Mends what a cancelled request does to all others in discord.py 2.7.

    It holds all requests back while one waits out a global rate limit. If that one is cancelled, as by a time limit, it
    would hold them back until the process ends.
    """
    request = http.request

    async def request_and_let_others_go_on(route: Route, **options: Any) -> Any:  # noqa: ANN401 - discord.py's signature
        try:
            return await request(route, **options)
        except asyncio.CancelledError:
            # If another request still waits out that limit, others are refused once more and then wait themselves.
            http._global_over.set()  # noqa: SLF001 - nothing public sets it
            raise

    http.request = request_and_let_others_go_on  # type: ignore[method-assign]  # discord.py builds it
