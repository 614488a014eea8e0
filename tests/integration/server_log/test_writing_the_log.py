"""The log channel: each entry once, whatever fails in between; and nothing that a moderator is not to see."""

import asyncio
from datetime import timedelta

import pytest

from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import MAX_ENTRY_AGE
from bot.rules.log_problems import LogProblem
from bot.rules.policies import Policy
from bot.rules.refusals import Reason
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.remixes import jobs
from bot.storage.server_log import refusal_log
from bot.storage.standing import policies, servers
from bot.use_cases.server_log.log_facts import (
    CaseAdded,
    NeverWrittenError,
    NotWrittenError,
    RefusedByRule,
    RemixFailed,
    RemixMade,
)
from bot.use_cases.server_log.write_log import IN_A_MESSAGE, WriteLog
from tests.integration.made_storage import START, add_job, walk

HERE, CHANNEL = 11, 77
SOON = timedelta(minutes=1)


class Channel:
    """Takes each nonce once, as Discord does, and fails as it is told to: before or after the message is there."""

    def __init__(self):
        self.messages = {}
        self.asked = []
        self.trouble = []
        self.unheard = 0
        self.killed = False

    async def write(self, guild_id, channel_id, facts, nonce):
        self.asked.append((guild_id, channel_id))
        if self.trouble and (error := self.trouble.pop(0)):
            raise error
        self.messages.setdefault((guild_id, channel_id, nonce), facts)
        if self.unheard:
            self.unheard -= 1
            raise NotWrittenError(LogProblem.NO_REPLY)
        if self.killed:
            self.killed = False
            raise asyncio.CancelledError
        return len(self.messages)

    @property
    def facts(self):
        return [fact for facts in self.messages.values() for fact in facts]

    @property
    def told(self):
        return [_in_short(fact) for fact in self.facts]


def _in_short(fact):
    match fact:
        case RemixMade() | RemixFailed():
            return f"{type(fact).__name__} {fact.job.id}"
        case RefusedByRule():
            return f"refused {fact.refusal.user_id} {fact.refusal.reason} {fact.repeats}"
        case CaseAdded():
            return f"case {fact.case.number}"
    return "budget"


class Log:
    def __init__(self, core):
        self.core, self.database, self.clock, self.channel = core, core.database, core.clock, Channel()
        self.restart()
        self.set_channel(CHANNEL)

    def restart(self):
        """The bot was killed, and starts anew."""
        self.writer = WriteLog(self.core, self.channel)

    def set_channel(self, channel_id, guild_id=HERE):
        self.do(policies.write, guild_id, Policy(log_channel=channel_id))

    def do(self, function, *args, **kwargs):
        return self.database.transaction_now(function, *args, **kwargs)

    def refuse(self, user_id=1, reason=Reason.COOLDOWN, guild_id=HERE):
        self.do(refusal_log.add, guild_id, 22, user_id, reason, self.clock())

    def add_case(self, guild_id=HERE):
        return self.do(cases.add, NewCase(guild_id, CaseKind.WARN, 9, 1, "why"), self.clock())

    def deliver(self, user_id=1):
        job = self.do(add_job, user_id)
        return self.do(walk, job, JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)

    def problem(self):
        return self.do(servers.read_log_problem, HERE)

    async def write(self):
        """Until nothing is left that can be written now."""
        while await self.writer.round():
            pass


@pytest.fixture
def log(core):
    return Log(core)


async def test_what_was_made_what_failed_what_was_refused_and_what_moderators_did_is_written_in_order(log):
    made = log.deliver()
    failed = log.do(add_job, 2)
    log.do(jobs.fail, failed, FailureKind.QUEUE_EXPIRED, START)
    log.refuse(3)
    log.add_case()

    await log.write()

    assert log.channel.told == [
        f"RemixMade {made.id}",
        f"RemixFailed {failed.id}",
        "refused 3 cooldown None",
        "case 1",
    ]


async def test_a_cancelled_remix_and_a_server_without_a_log_channel_have_no_entries(log):
    cancelled = log.do(add_job, 1)
    log.do(walk, cancelled, JobState.CANCELLED)
    log.refuse(guild_id=12)
    log.add_case(guild_id=12)

    await log.write()
    log.set_channel(CHANNEL, guild_id=12)
    await log.write()

    assert log.channel.asked == []


async def test_a_process_that_does_not_lead_any_more_leaves_the_message_to_the_next_one(log):
    log.deliver()
    log.core.process.leads = False
    await log.writer.round()
    assert log.channel.asked == []
    log.core.process.leads = True
    await log.write()
    assert len(log.channel.facts) == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_killed_while_writing_the_same_message_is_written_once(log, arrived):
    log.deliver()
    log.channel.unheard = int(arrived)
    log.channel.trouble = [] if arrived else [NotWrittenError(LogProblem.NO_REPLY)]
    await log.write()

    log.restart()
    log.add_case()
    await log.write()

    assert log.channel.told == ["RemixMade 1", "case 1"]
    assert len(log.channel.messages) == 2


async def test_killed_between_writing_and_writing_it_down_nothing_is_there_twice(log):
    log.deliver()
    log.add_case()
    log.channel.killed = True
    with pytest.raises(asyncio.CancelledError):
        await log.writer.round()

    log.restart()
    log.refuse(5)
    await log.write()

    assert log.channel.told == ["RemixMade 1", "case 1", "refused 5 cooldown None"]


async def test_numbers_do_not_come_back_so_neither_do_nonces(log):
    for _ in range(3):
        log.add_case()
        await log.write()

    assert log.channel.told == ["case 1", "case 2", "case 3"]


async def test_refusals_that_repeat_are_folded_however_many(log, clock):
    for _ in range(500):
        log.refuse(1)
    log.refuse(1, Reason.QUOTA_DAY)
    log.refuse(2)
    await log.write()
    assert sorted(log.channel.told) == [
        "refused 1 cooldown None",
        "refused 1 quota_day None",
        "refused 2 cooldown None",
    ]

    clock.move(minutes=1)
    await log.write()
    assert log.channel.told[3:] == ["refused 1 cooldown 499"]

    log.refuse(1)
    await log.write()
    assert log.channel.told[4:] == ["refused 1 cooldown None"]


async def test_many_entries_share_messages_and_each_round_writes_one_a_server(log):
    for _ in range(2 * IN_A_MESSAGE + 1):
        log.add_case()
    log.set_channel(78, guild_id=12)
    log.add_case(guild_id=12)

    await log.writer.round()
    assert sorted(log.channel.asked) == [(HERE, CHANNEL), (12, 78)]
    await log.write()

    sizes = [len(facts) for (guild_id, *_), facts in log.channel.messages.items() if guild_id == HERE]
    assert sizes == [IN_A_MESSAGE, IN_A_MESSAGE, 1]


@pytest.mark.parametrize("problem", LogProblem)
async def test_a_channel_that_cannot_be_written_to_is_on_record_rests_and_goes_on_when_it_can(log, clock, problem):
    log.channel.trouble = [NotWrittenError(problem, "503 0")]
    log.add_case()
    await log.write()
    await log.write()
    assert log.problem() is problem
    assert len(log.channel.asked) == 1

    clock.move(minutes=11)
    await log.write()
    assert log.channel.told == ["case 1"]
    assert log.problem() is None


async def test_one_servers_trouble_is_not_anothers(log):
    log.set_channel(78, guild_id=12)
    log.channel.trouble = [NotWrittenError(LogProblem.CHANNEL_GONE)]
    log.add_case()
    await log.write()
    log.add_case(guild_id=12)
    await log.write()

    assert [guild_id for guild_id, *_ in log.channel.messages] == [12]


async def test_a_change_by_a_moderator_ends_the_rest_and_another_channel_has_what_waited(log):
    log.channel.trouble = [NotWrittenError(LogProblem.CHANNEL_GONE)]
    log.add_case()
    await log.write()

    log.set_channel(78)
    log.writer.case_added(log.add_case())
    await log.write()

    assert [channel_id for _, channel_id, _ in log.channel.messages] == [78, 78]
    assert log.problem() is None


async def test_without_a_log_channel_any_more_nothing_waits_and_the_trouble_is_over(log, clock):
    log.channel.trouble = [NotWrittenError(LogProblem.CHANNEL_GONE)]
    log.add_case()
    await log.write()
    log.set_channel(None)
    clock.move(minutes=11)
    await log.write()
    assert log.problem() is None

    log.set_channel(CHANNEL)
    await log.write()
    assert log.channel.told == []


async def test_what_is_no_news_any_more_is_left_out(log, clock):
    log.add_case()
    clock.now += MAX_ENTRY_AGE + SOON
    log.add_case()
    await log.write()

    assert log.channel.told == ["case 2"]


async def test_what_discord_never_takes_does_not_block_what_comes_after(log):
    log.channel.trouble = [NeverWrittenError("400 50035")]
    log.add_case()
    await log.write()
    log.add_case()
    await log.write()

    assert log.channel.told == ["case 2"]


async def test_the_pause_between_attempts_grows_and_has_an_end(log, clock):
    log.add_case()
    waits = []
    for _ in range(8):
        log.channel.trouble = [NotWrittenError(LogProblem.NO_REPLY)]
        await log.write()
        waited = 0
        while not await log.writer.round():
            clock.move(seconds=15)
            waited += 15
            log.channel.trouble = [NotWrittenError(LogProblem.NO_REPLY)]
        waits.append(waited)

    assert waits == sorted(waits)
    assert max(waits) == 300
