"""Shows moderators the queue of their server, and cancels what waits: one remix, or all of a member."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.rules.pages import Cursor, Page, make_page
from bot.storage.engine.database import Connection
from bot.storage.moderation import case_jobs, cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import holds, jobs, queue_facts
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.queue_facts import Place
from bot.storage.sets import sets
from bot.storage.standing import pauses, servers
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.moderation.remove_result import JOBS
from bot.use_cases.remixes.endings import try_cancel

_LISTED = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job of the server that is queued or being made, and its place in the queue of all servers."""

    job: Job
    place: Place


@dataclass(frozen=True, slots=True)
class ServerQueue:
    """A page of the jobs of one server: those being made, then those queued; and how many there are of each.

    `held`: the queue is on hold because Ideogram refuses work.
    """

    page: Page[Waiting]
    running_count: int
    waiting_count: int
    pause: Pause | None
    operator_pause: Pause | None
    held: bool


async def read_server_queue(core: Core, guild_id: int, cursor: Cursor | None = None, *, slots: int) -> ServerQueue:
    """`slots`: paid calls at once, for the estimates. The number of an entry is that of its job."""

    def read(connection: Connection) -> ServerQueue:
        now = core.clock()
        running = sets.one_of_each(moderated_jobs.running_of_server(connection, guild_id))
        begun = {job.set_id for job in running if job.set_id is not None}
        waiting = sets.one_of_each(moderated_jobs.queued_of_server(connection, guild_id))
        queued = [job for job in waiting if job.set_id not in begun]
        page = make_page(_found(connection, [*running, *queued], cursor), _LISTED, cursor, lambda job: job.id)
        placed = [Waiting(job, queue_facts.place(connection, job, slots, now)) for job in page.shown]
        return ServerQueue(
            page=Page(placed, page.previous, page.next),
            running_count=len(running),
            waiting_count=len(queued),
            pause=servers.read_pause(connection, guild_id),
            operator_pause=pauses.read(connection),
            held=holds.read(connection) is not None,
        )

    return await core.database.read(read)


def _found(connection: Connection, everyone: Sequence[Job], cursor: Cursor | None) -> Sequence[Job]:
    """From the cursor on, also if its job has moved on since the page was shown. With `back` the nearest first."""
    at = jobs.find(connection, cursor.number) if cursor is not None else None
    if cursor is None or at is None:
        return everyone
    if cursor.back:
        return [job for job in reversed(everyone) if _order(job) < _order(at)]
    return [job for job in everyone if _order(job) > _order(at)]


def _order(job: Job) -> tuple[int, int, int]:
    # What is finished was ahead of everything that is not.
    return (1, job.turn, job.id) if job.state is JobState.QUEUED else (0, 0, job.id)


async def cancel_waiting(core: Core, acting: Acting, job_id: int) -> Case | NotModerated:
    """Nothing was spent, and the remix does not count against its author."""

    def cancel(connection: Connection) -> Case | NotModerated:
        job, now = jobs.find(connection, job_id), core.clock()
        if job is None or job.guild_id != acting.guild_id:
            return NotModerated.NOT_FOUND
        # The worker may have begun it since the moderator saw the queue: only this guarded statement decides.
        siblings = sets.with_siblings(connection, job)
        cancelled = [try_cancel(connection, each.id, "by a moderator", now) for each in siblings]
        if not any(cancelled):
            return NotModerated.DONE_BEFORE if job.state is JobState.CANCELLED else NotModerated.TOO_LATE
        return cases.add(connection, case_about(connection, acting, CaseKind.CANCEL, job), now)

    case = await core.database.transaction(cancel)
    if isinstance(case, Case):
        core.news.case_added(case)
        core.news.job_changed(job_id)
    return case


@dataclass(frozen=True, slots=True)
class AllCancelled:
    """The case, and how many waiting remixes it cancelled."""

    case: Case
    count: int


async def cancel_all_waiting(core: Core, acting: Acting, user_id: int) -> AllCancelled | None:
    """Cancel everything that the member has waiting in that server. None: there is nothing."""

    def cancel(connection: Connection) -> tuple[Case, Sequence[Job]] | None:
        now = core.clock()
        waiting = moderated_jobs.queued_of_member(connection, acting.guild_id, user_id)
        cancelled = [job for job in waiting if try_cancel(connection, job.id, "by a moderator", now)]
        if not cancelled:
            return None
        details = {JOBS: " ".join(str(job.id) for job in cancelled)}
        new = NewCase(acting.guild_id, CaseKind.CANCEL, acting.actor_id, user_id, acting.reason, details=details)
        case = cases.add(connection, new, now)
        case_jobs.add(connection, case, cancelled, now)
        return case, cancelled

    done = await core.database.transaction(cancel)
    if done is None:
        return None
    case, cancelled = done
    core.news.case_added(case)
    for job in cancelled:
        core.news.job_changed(job.id)
    return AllCancelled(case, len(cancelled))
