"""Takes over the jobs of an earlier process at a start, and parks those whose call may have been paid."""

import structlog

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import claims, jobs
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.fetch_results import try_after_start
from bot.use_cases.remixes.unknown_outcomes import record_unknown_outcome
from bot.use_cases.surely import until_known

log = structlog.get_logger(__name__)


async def recover_jobs(core: Core, rules: OperatorRules) -> None:
    """Run once, before the worker claims anything."""

    def recover(connection: Connection) -> tuple[int, int, int]:
        now = core.clock()
        voided = claims.void_other_leases(connection, core.lease)
        resumed = claims.resume_submitted(connection)
        # Their paid call was made, and there is no id to poll, so nobody knows whether it was executed.
        unanswered = [job for job in jobs.in_state(connection, JobState.GENERATING) if job.generation is None]
        for job in unanswered:
            record_unknown_outcome(connection, job, "restart", now, rules, by_restart=True)
        try_after_start(connection, now, rules.image_hosts)
        return voided, resumed, len(unanswered)

    voided, resumed, unanswered = await until_known(lambda: core.database.transaction(recover))
    if voided or unanswered:
        log.warning(
            "an earlier process left unfinished work",
            leases_voided=voided,
            generations_resumed=resumed,
            outcomes_unknown=unanswered,
        )
