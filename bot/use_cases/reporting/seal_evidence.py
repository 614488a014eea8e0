"""Seals what was reported as illegal, so that not even the running bot can read it, and destroys it in time."""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.rules.reports import EvidenceEnd
from bot.storage.engine.blobs.store import BlobMissingError, BlobsAwayError
from bot.storage.engine.database import Connection
from bot.storage.engine.sealing import read_public_key, seal
from bot.storage.matters import sealed
from bot.storage.matters.sealed import BOT, SOURCE, Evidence
from bot.storage.remixes import jobs, results
from bot.use_cases.core import Core
from bot.use_cases.ports import OperatorNotices
from bot.use_cases.privacy.erase import delete_unneeded
from bot.use_cases.watch import Watch

log = structlog.get_logger(__name__)


class SealEvidence(Watch):
    """`public_key` None: nothing is kept, since what everybody on the machine can read is no sealed evidence."""

    look_again_s = 30.0

    def __init__(self, core: Core, notices: OperatorNotices, public_key: str | None, keep: timedelta) -> None:
        super().__init__()
        self._core = core
        self._notices = notices
        self._key = read_public_key(public_key) if public_key is not None else None
        self._keep = keep
        self._told: set[int] = set()

    async def _look(self) -> None:
        for each in await self._core.database.read(sealed.pending):
            await self._finish(each)
        for each in await self._core.database.read(sealed.over, self._core.clock()):
            await self._end(each, EvidenceEnd.EXPIRED)

    async def _finish(self, evidence: Evidence) -> None:
        if evidence.id not in self._told:
            log.error("a result was reported as illegal content", evidence=evidence.id, sealed=self._key is not None)
            # Before it is recorded: after a crash the operator rather hears of it twice than never.
            await self._notices.tell_of_illegal(evidence, is_kept=self._key is not None)
            # Sealing is tried again every half a minute while the pictures are away.
            self._told.add(evidence.id)
        if self._key is None:
            await self._end(evidence, EvidenceEnd.NO_KEY)
            return
        pictures, facts = await self._core.database.read(_read, evidence)
        try:
            name = await self._core.blobs.in_thread(_store, self._core, pictures, facts, self._key)
        except (BlobsAwayError, OSError) as error:
            log.warning("evidence is sealed later", evidence=evidence.id, reason=type(error).__name__)
            return
        now = self._core.clock()
        until = evidence.taken_at + self._keep
        await self._core.database.transaction(sealed.record_sealed, evidence.id, name, until, now)
        await delete_unneeded(self._core, [hash_ for _, hash_ in pictures])

    async def _end(self, evidence: Evidence, ended: EvidenceEnd) -> None:
        pictures = await self._core.database.read(sealed.pictures_of, evidence.id)
        names = [hash_ for _, hash_ in pictures] + ([evidence.sealed] if evidence.sealed is not None else [])
        await self._core.database.transaction(sealed.end, evidence.id, ended, BOT, self._core.clock())
        await delete_unneeded(self._core, names)


def _read(connection: Connection, evidence: Evidence) -> tuple[Sequence[tuple[int, str]], dict[str, object]]:
    job = jobs.get(connection, evidence.job_id)
    posts = results.posts_of(connection, job.id)
    facts: dict[str, object] = {
        "evidence": evidence.id,
        "remix": job.id,
        "server_id": str(job.guild_id),
        "channel_id": str(job.channel_id),
        "author_id": str(job.user_id),
        "source_author_id": str(job.source_author_id) if job.source_author_id is not None else None,
        "message_ids": [str(post.message_id) for post in posts],
        "prompt": job.prompt,
        "accepted_at": job.accepted_at.isoformat(),
        "removed_at": evidence.taken_at.isoformat(),
    }
    return sealed.pictures_of(connection, evidence.id), facts


def _store(core: Core, pictures: Sequence[tuple[int, str]], facts: dict[str, object], key: bytes) -> str:
    """The name of the sealed file. Blocks."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for position, hash_ in pictures:
            try:
                data = core.blobs.get(hash_)
            except BlobMissingError:
                continue
            archive.writestr("source" if position == SOURCE else f"result-{position}", data)
        archive.writestr("facts.json", json.dumps(facts, indent=1))
    return core.blobs.put(seal(file.getvalue(), key))
