"""Checks the servers that the bot is in, and what it lacks in their channels."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.cli.checks.findings import Finding, Subject, Verdict, fail, ok, skipped, warn
from bot.cli.checks.reading import read_or
from bot.discord_app.reach import DISCORD_FAILED, Reach, ServerReach
from bot.rules.policies import Policy
from bot.rules.visible_text import one_line
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.read_only import read_snapshot
from bot.storage.standing import policies

SERVERS, PERMISSIONS, LOG_CHANNELS, OPERATOR_CHANNEL = "servers", "permissions", "log-channels", "operator-channel"
MOST_SERVERS = 50
"""Each takes three requests, and the bot's own requests count against the same limit of 50 a second."""
_AT_ONCE = 4
_NAMED_CHANNELS = 5
_NAMED_SERVERS = 20
_OPERATOR_REMEDY = (
    "Give the bot's role access there, or choose another channel: "
    "`remix-bot setup --operator-channel ID --yes`, then restart the bot."
)
_INVITE = "Open the link of `invite` in this list again: it adds what is missing to the bot's role."


async def servers(subject: Subject) -> list[Finding]:
    settings, inside = subject.settings, await (await subject.reach()).servers()
    found = []
    if not inside:
        return [warn(SERVERS, "The bot is in no server.", "Open the link of `invite` in this list.")]
    if settings.operator_guild_id is not None and settings.operator_guild_id not in inside:
        sentence = f"The bot is not in the server of OPERATOR_GUILD_ID ({settings.operator_guild_id})."
        found.append(fail(SERVERS, sentence, "Correct the id, or invite the bot there."))
    if settings.allowed_guild_ids:
        absent = settings.allowed_guild_ids - inside.keys()
        if absent:
            sentence = f"The bot is not in these servers of ALLOWED_GUILD_IDS: {_ids(absent)}."
            found.append(warn(SERVERS, sentence, "Invite it there, or take the ids off the list."))
        refused = inside.keys() - settings.allowed_guild_ids
        if refused:
            sentence = f"In these servers the bot refuses to work, as ALLOWED_GUILD_IDS lacks them: {_ids(refused)}."
            found.append(warn(SERVERS, sentence, "Add them, or remove the bot from them."))
    return found or [ok(SERVERS, f"The bot is in {_count(len(inside), 'server')}.")]


async def permissions(subject: Subject) -> list[Finding]:
    """One finding for all servers without a gap, and one for each of the others."""
    reach, allowed = await subject.reach(), subject.settings.allowed_guild_ids
    every = sorted(guild_id for guild_id in await reach.servers() if not allowed or guild_id in allowed)
    looked = await _look_at(reach, every[:MOST_SERVERS])
    chosen = _policies(subject.settings.database_url, every)
    found = [finding for each in looked for finding in _of_server(each, chosen.get(each.id, Policy()))]
    if len(found) > _NAMED_SERVERS:
        more = len(found) - _NAMED_SERVERS
        found.sort(key=lambda finding: finding.verdict is not Verdict.FAIL)
        found = [*found[:_NAMED_SERVERS], warn(PERMISSIONS, f"{more} more servers have gaps.", "Mend these first.")]
    fine = [each for each in looked if each.seen and not each.gaps]
    if fine:
        channels = _count(sum(len(each.seen) for each in fine), "channel")
        found.append(
            ok(PERMISSIONS, f"In {_count(len(fine), 'server')} the bot can post in all {channels} it can see.")
        )
    unseen = len(every) - len(looked)
    if unseen:
        found.append(skipped(PERMISSIONS, f"{_count(unseen, 'server')} could not be looked at."))
    return found


def _policies(url: str, guild_ids: Sequence[int]) -> Mapping[int, Policy]:
    """Empty if the database cannot be read: what Discord says about the channels is worth knowing all the same."""
    try:
        return read_snapshot(url, lambda connection: {each: policies.read(connection, each) for each in guild_ids})
    except (DatabaseUnavailableError, OSError):
        return {}


async def _look_at(reach: Reach, guild_ids: Sequence[int]) -> Sequence[ServerReach]:
    """Leaves out those that Discord does not answer about, such as during an outage of one server."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def look(guild_id: int) -> ServerReach:
        async with slots:
            return await reach.server(guild_id)

    answers = await asyncio.gather(*(look(guild_id) for guild_id in guild_ids), return_exceptions=True)
    others = [each for each in answers if isinstance(each, BaseException) and not isinstance(each, DISCORD_FAILED)]
    if others:
        raise others[0]
    return [each for each in answers if isinstance(each, ServerReach)]


def _of_server(server: ServerReach, policy: Policy) -> list[Finding]:
    name = f"“{one_line(server.name)}” ({server.id})"
    if not server.seen:
        return [fail(PERMISSIONS, f"In {name} the bot can see no channel.", _INVITE)]
    unseen = policy.channels - {place.id for place in server.seen}
    found = []
    if unseen:
        sentence = f"In {name} the admins chose channels for remixes that the bot cannot see: {_ids(unseen)}."
        remedy = "Give its role View Channel there, or choose others with /remix-config."
        found.append(fail(PERMISSIONS, sentence, remedy))
    if not server.gaps:
        return found
    sentence = f"In {name} the bot cannot post in {len(server.gaps)} of {len(server.seen)} channels: {_gaps(server)}."
    remedy = _INVITE if server.lacking else "Edit Channel, Permissions: allow these for the bot's role, or ignore it."
    chosen_or_all = {place.id for place in server.gaps} & policy.channels or len(server.gaps) == len(server.seen)
    return [*found, fail(PERMISSIONS, sentence, remedy) if chosen_or_all else warn(PERMISSIONS, sentence, remedy)]


def _gaps(server: ServerReach) -> str:
    """Channels that lack the same are named together."""
    by_missing: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for place in server.gaps:
        by_missing[place.missing].append(f"#{one_line(place.name)}")
    return "; ".join(f"{_listed(names)}: no {', '.join(missing)}" for missing, names in by_missing.items())


async def log_channels(subject: Subject) -> list[Finding]:
    """Those that admins have chosen with /remix-config."""
    chosen = read_or(subject.settings.database_url, policies.servers_with_log_channel, dict[int, int]())
    if not chosen:
        return [ok(LOG_CHANNELS, "No server has a log channel.")]
    reach = await subject.reach()
    inside = await reach.servers()
    found = []
    for guild_id, channel_id in list(chosen.items())[:MOST_SERVERS]:
        if guild_id in inside:
            where = f"The log channel {channel_id} of “{one_line(inside[guild_id])}” ({guild_id})"
            remedy = "Its admins can allow it, or choose another with /remix-config."
            found += await _writable(reach, LOG_CHANNELS, where, channel_id, remedy, guild_id)
    return found or [ok(LOG_CHANNELS, f"The bot can write in {_count(len(chosen), 'log channel')}.")]


async def operator_channel(subject: Subject) -> list[Finding]:
    channel_id = subject.settings.operator_channel_id
    if channel_id is None:
        remedy = "Set OPERATOR_CHANNEL_ID to a channel of yours, so that the bot can tell you when it needs you."
        return [warn(OPERATOR_CHANNEL, "OPERATOR_CHANNEL_ID is not set, so warnings are only in the log.", remedy)]
    where, remedy = f"OPERATOR_CHANNEL_ID ({channel_id})", _OPERATOR_REMEDY
    found = await _writable(await subject.reach(), OPERATOR_CHANNEL, where, channel_id, remedy)
    return found or [ok(OPERATOR_CHANNEL, "The bot can write in OPERATOR_CHANNEL_ID.")]


async def _writable(
    reach: Reach, check: str, where: str, channel_id: int, remedy: str, guild_id: int | None = None
) -> list[Finding]:
    """Empty if the bot can write there. `guild_id`: the channel must be in that server."""
    try:
        actual_id, place = await reach.to_write(channel_id)
    except DISCORD_FAILED as error:
        status = getattr(error, "status", None)
        if status not in {403, 404}:
            raise
        return [fail(check, f"{where} {'is gone' if status == 404 else 'is hidden from the bot'}.", remedy)]  # noqa: PLR2004 - not found
    if guild_id not in {None, actual_id}:
        return [fail(check, f"{where} is in another server.", remedy)]
    return [fail(check, f"{where}: the bot lacks {', '.join(place.missing)}.", remedy)] if place.missing else []


def _ids(ids: frozenset[int] | set[int]) -> str:
    return _listed([str(each) for each in sorted(ids)])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_CHANNELS
    return ", ".join(names[:_NAMED_CHANNELS]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
