"""Checks the token, how the application is set up in the Developer Portal, and the registered commands."""

from bot.cli.checks.findings import Finding, Subject, fail, ok, warn
from bot.cli.checks.reading import read_or
from bot.discord_app.account import DiscordOutOfReachError, TokenRefusedError
from bot.storage.engine import synced_commands
from bot.storage.engine.synced_commands import Synced

TOKEN, APPLICATION, INVITE, COMMANDS = "token", "application", "invite", "commands"
_PORTAL = "In the Developer Portal (https://discord.com/developers/applications)"
NEW_TOKEN = f"{_PORTAL}, open your application, Bot, Reset Token, and run `remix-bot setup`."
NO_DISCORD = "Check this machine's network, DNS and proxy, and https://discordstatus.com."


async def token(subject: Subject) -> list[Finding]:
    try:
        account = await subject.account()
    except TokenRefusedError:
        return [fail(TOKEN, "Discord does not accept DISCORD_TOKEN.", NEW_TOKEN)]
    except DiscordOutOfReachError as error:
        return [fail(TOKEN, f"Discord could not be reached: {error}.", NO_DISCORD)]
    return [ok(TOKEN, f"Discord accepts the token of {account.name} (application {account.application_id}).")]


async def application(subject: Subject) -> list[Finding]:
    account = await subject.account()
    found = []
    if account.has_interactions_url:
        sentence = "An Interactions Endpoint URL is set, so Discord sends commands there and not to the bot."
        found.append(fail(APPLICATION, sentence, f"{_PORTAL}, General Information, empty that field."))
    if account.needs_code_grant:
        sentence = "Requires OAuth2 Code Grant is on, so the invite link fails."
        found.append(fail(APPLICATION, sentence, f"{_PORTAL}, Bot, switch it off."))
    if account.privileged_intents:
        sentence = f"Privileged intents are on that the bot does not need: {', '.join(account.privileged_intents)}."
        found.append(warn(APPLICATION, sentence, f"{_PORTAL}, Bot, switch them off."))
    return found or [ok(APPLICATION, "The bot needs no privileged intent, and none is on.")]


async def invite(subject: Subject) -> list[Finding]:
    return [ok(INVITE, f"Invite the bot with {(await subject.account()).invite_link}")]


async def commands(subject: Subject) -> list[Finding]:
    """Compares the ids that Discord gave the commands of the last sync with those it has now."""
    account, settings = await subject.account(), subject.settings
    known = read_or(settings.database_url, synced_commands.read, dict[str, Synced]())
    scopes: set[int | None] = {*settings.sync_guild_ids} or {None}
    if settings.operator_guild_id is not None:
        scopes.add(settings.operator_guild_id)
    synced = {scope: known.get(f"{account.application_id}:{scope or 'global'}") for scope in scopes}
    if None in synced.values():
        return [warn(COMMANDS, "The commands are not registered with Discord yet.", "Start the bot: `remix-bot run`.")]
    reach = await subject.reach()
    for scope, each in synced.items():
        if each is not None and await reach.commands(scope) != frozenset(each.ids.values()):
            where = "" if scope is None else f" in server {scope}"
            sentence = f"Discord has other commands{where} than the bot has registered."
            return [fail(COMMANDS, sentence, "Restart the bot: it registers them again.")]
    return [ok(COMMANDS, f"Discord has the {sum(len(each.ids) for each in synced.values() if each)} commands.")]
