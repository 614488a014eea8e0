"""Several bot processes on one PostgreSQL, between one Discord and one Ideogram, and what became of every remix."""

import asyncio
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.operator.audit_ledger import audit
from tests.chaos.fleets.counted_calls import CountedCalls
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster
from tests.wire.bot_process import API_KEY, RECONNECTING, BotProcess, House, Remix, colour_in, colour_of
from tests.wire.loopback_discord import LoopbackDiscord, Message, mentioned_users

PARKED = "Ideogram's reply didn't reach me"
DONE = "**Done.**"
LEASE_S = 2
"""The shortest that the setting allows, so that others take over soon."""
LAST_ONES_S = 120.0
LOOK_EVERY_S = 0.2
CHANNELS = 4
"""One channel takes four posts at a time."""
SETTINGS: Mapping[str, object] = {
    "PROCESS_LEASE_S": LEASE_S,
    "MAX_QUEUED": 100_000,
    "COOLDOWN_S": 0,
    # The call of a killed process keeps its slot for as long.
    "IDEOGRAM_TIMEOUT_S": 10,
    "LOG_LEVEL": "INFO",
}
WATCHED = """
    CREATE SCHEMA chaos;
    CREATE TABLE chaos.double_claims (job_id bigint, held_by text, taken_by text);
    CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO chaos.double_claims VALUES (OLD.id, OLD.lease, NEW.lease); RETURN NEW;
    END $$;
    CREATE TRIGGER chaos BEFORE UPDATE OF lease ON jobs FOR EACH ROW
        WHEN (OLD.lease <> NEW.lease) EXECUTE FUNCTION chaos.note();
"""
"""A process lets go of a job before another one claims it. If not, two processes had the job at once."""


async def pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


@dataclass(eq=False, slots=True)
class Member:
    """One of the processes, each time it is started. `ready` is done once it works."""

    role: str
    bot: BotProcess
    ready: "asyncio.Task[None]"

    @property
    def works(self) -> bool:
        return self.is_alive and self.ready.done() and self.ready.exception() is None

    @property
    def is_alive(self) -> bool:
        return self.bot.process.returncode is None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of every remix that somebody asked for. `lost` names those that nobody can explain."""

    remixes: int
    delivered: int
    parked: int
    refused: int
    lost: Sequence[str]
    posted_twice: Sequence[str]
    paid_twice: Sequence[str]
    double_claims: int
    untold: Sequence[str]
    violations: Sequence[str]
    ended_alone: Sequence[str]
    raised: Sequence[str]
    """What a process logged with a traceback."""

    @property
    def is_harmless(self) -> bool:
        return not self._wrong and self.double_claims == 0

    @property
    def _wrong(self) -> Sequence[str]:
        named = (*self.lost, *self.posted_twice, *self.paid_twice, *self.untold)
        return (*named, *self.violations, *self.ended_alone, *self.raised)

    def __str__(self) -> str:
        found = (
            f"{self.remixes} remixes: {self.double_claims} double claims, {len(self.paid_twice)} paid twice, "
            f"{len(self.posted_twice)} posted twice, {len(self.lost)} lost, {len(self.untold)} not told, {self.parked} "
            f"parked, {self.refused} not accepted, audit {'not ' if self.violations else ''}clean"
        )
        return "; ".join([found, *self._wrong[:20]])


@dataclass(eq=False, slots=True)
class Fleet:
    """`settings` are those of every process; a role's own arguments come from `arguments`."""

    house: House
    cluster: Cluster
    url: str
    settings: dict[str, object]
    members: list[Member] = field(default_factory=list)
    ended_alone: list[str] = field(default_factory=list)
    _asked: int = 0

    @property
    def ideogram(self) -> CountedCalls:
        assert isinstance(self.house.ideogram, CountedCalls)
        return self.house.ideogram

    async def start(self, *roles: str) -> list[Member]:
        """Returns once all of them work."""
        members = [await self.launch(role) for role in roles]
        await asyncio.gather(*(member.ready for member in members))
        return members

    async def launch(self, role: str) -> Member:
        """`all`, `gateway` or `worker`."""
        arguments = () if role == "all" else ("--role", role)
        bot = await self.house.launch("run", *arguments, **self.settings)
        member = Member(role, bot, asyncio.create_task(bot.logged("ready")))
        # Of one that is killed before it is ready nobody asks.
        member.ready.add_done_callback(lambda task: task.cancelled() or task.exception())
        self.members.append(member)
        return member

    async def kill(self, member: Member) -> None:
        """With -9. One that has ended before has something to explain."""
        if not member.is_alive:
            self.ended_alone.append(
                f"a {member.role} ended with {member.bot.process.returncode}: {member.bot.told[-1:]}"
            )
        await member.bot.kill()
        self.members.remove(member)

    async def replace(self, member: Member) -> Member:
        await self.kill(member)
        return await self.launch(member.role)

    def freeze(self, member: Member) -> None:
        member.bot.signal(signal.SIGSTOP)

    def thaw(self, member: Member) -> None:
        member.bot.signal(signal.SIGCONT)

    async def remix(self, **options: Any) -> Remix:
        """By somebody new, in the next channel."""
        channels = list(self.house.channel.guild.channels.values())
        self._asked += 1
        return await self.house.remix(channel=channels[self._asked % len(channels)], **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    async def until(self, is_so: Callable[[], bool], what: str, within_s: float = LAST_ONES_S) -> float:
        """Looks again and again. Returns the seconds that it took; TimeoutError, naming `what`."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > within_s:
                raise TimeoutError(f"{what}: not within {within_s:.0f} s")
            await pause(LOOK_EVERY_S)
        return time.monotonic() - began

    def unfinished(self) -> int:
        """Jobs that somebody still has to do something with."""
        ((count,),) = self.rows("SELECT count(*) FROM jobs WHERE state IN ('queued', 'generating', 'generated')")
        return count

    async def until_all_is_told(self, within_s: float = LAST_ONES_S) -> None:
        """Or nothing has changed for as long: then `outcome` says what is left."""
        accepted = {row[0] for row in self.rows("SELECT interaction_id FROM jobs")}
        theirs = [remix for remix in self.house.remixes if remix.interaction.id in accepted]
        try:
            await self.until(lambda: self.unfinished() == 0, "the last jobs", within_s)
            await self.until(lambda: all(map(is_told, theirs)), "the last replies", within_s / 2)
        except TimeoutError:
            return

    def outcome(self) -> Outcome:
        states = dict(self.rows("SELECT interaction_id, state FROM jobs"))
        paid = Counter(call.prompt for call in self.ideogram.calls if call.billed)
        posts = self._posts()
        remixes, named = self.house.remixes, {remix.prompt: remix for remix in self.house.remixes}
        accepted = [remix for remix in remixes if remix.interaction.id in states]
        state_of = {remix.number: states.get(remix.interaction.id) for remix in remixes}
        return Outcome(
            remixes=len(remixes),
            delivered=sum(state == "delivered" for state in state_of.values()),
            parked=sum(state == "outcome_unknown" for state in state_of.values()),
            refused=len(remixes) - len(accepted),
            lost=[
                f"lost: {remix.number} ({state_of[remix.number]})"
                for remix in remixes
                if _is_lost(remix, state_of[remix.number], posts[remix.user.id], paid[remix.prompt])
            ],
            posted_twice=[f"posted twice: {r.number}" for r in remixes if len(posts[r.user.id]) > 1],
            paid_twice=[f"paid {n} times: {named[prompt].number}" for prompt, n in paid.items() if n > 1],
            double_claims=len(self.rows("SELECT * FROM chaos.double_claims")),
            untold=[f"not told: {r.number} ({state_of[r.number]}), {r.told!r:.60}" for r in accepted if not is_told(r)],
            violations=[str(violation) for violation in read_snapshot(self.url, audit).violations],
            ended_alone=self.ended_alone,
            raised=self._raised(),
        )

    def _raised(self) -> list[str]:
        found = [
            f"{event['event']}: {event['exception'].splitlines()[-1]}"
            for bot in self.house.processes
            for event in bot.events
            if "exception" in event
        ]
        self.house.expected_errors.update(event["event"] for bot in self.house.processes for event in bot.events)
        return sorted({each for each in found if not each.startswith("Attempting a reconnect")})

    def _posts(self) -> Mapping[int, list[Message]]:
        """By the person whom they name."""
        found = defaultdict[int, list[Message]](list)
        for channel in self.house.channel.guild.channels.values():
            for message in channel.messages:
                for user in mentioned_users(message):
                    found[user].append(message)
        return found


def is_told(remix: Remix) -> bool:
    return DONE in remix.told or PARKED in remix.told


def _is_lost(remix: Remix, state: str | None, posts: Sequence[Message], paid: int) -> bool:
    """Neither their own picture, nor an explanation; or paid for and never accepted."""
    if state == "delivered":
        return not (paid == 1 and posts and all(_is_theirs(remix, post) for post in posts))
    return bool(paid or posts) if state is None else state != "outcome_unknown"


def _is_theirs(remix: Remix, post: Message) -> bool:
    try:
        return [colour_in(each.data) for each in post.attachments] == [colour_of(remix.number)]
    except ValueError:
        return False


@asynccontextmanager
async def open_fleet(
    folder: Path, cluster: Cluster, nest: Nest | None = None, *, latency_s: float = 0.05, **settings: object
) -> AsyncIterator[Fleet]:
    """On a new database, a copy of `migrated`. What the processes logged is looked through at the end."""
    url = cluster.url(cluster.create("migrated"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(WATCHED.encode())
    discord, ideogram = LoopbackDiscord(), CountedCalls(api_key=API_KEY, latency_s=latency_s)
    ideogram.dials.long_side = 32
    await discord.start()
    await ideogram.start()
    guild = discord.add_guild()
    house = House(discord, ideogram, folder, guild.add_channel())
    for _ in range(CHANNELS - 1):
        guild.add_channel()
    house.expected_errors.add(RECONNECTING)
    if nest is not None:
        house.starter = nest.launch
    own = {"DATABASE_URL": url, "BLOB_DIR": folder / "data" / "blobs"}
    try:
        yield Fleet(house, cluster, url, {**SETTINGS, **own, **settings})
    finally:
        await house.close()
    house.check_logs()
