"""Asks the author of a picture whether somebody else can remix it, and ends the question after a day.

A question is in the database before it is posted. Nothing is reserved, sent or paid before a yes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import structlog

from bot.rules.membership import Absent, Membership
from bot.rules.others_pictures import (
    MOST_OPEN_QUESTIONS,
    MOST_QUESTIONS_TO_ONE,
    QUESTION_LASTS,
    RequestState,
    question_ends_at,
)
from bot.rules.refusals import Reason, Refused
from bot.storage.consent import picture_requests
from bot.storage.consent.picture_requests import Asked, PictureRequest
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.use_cases.consent.opt_out import stop_remixes_of
from bot.use_cases.consent.requests import refused_now
from bot.use_cases.core import Core
from bot.use_cases.ports import Members

_LOOK_AGAIN_S = 60.0
_AT_ONCE = 20

log = structlog.get_logger(__name__)


class QuestionBoard(Protocol):
    """Discord, as far as questions need it. Errors are logged instead of raised."""

    async def post(self, request: PictureRequest) -> int | None:
        """Post the question once, however often it is called within minutes. The message's id; None if that failed."""
        ...

    async def close(self, request: PictureRequest, state: RequestState) -> None:
        """Say on the question how it ended, and take its buttons away."""
        ...

    async def tell_asker(self, request: PictureRequest, state: RequestState) -> None:
        """Say so on the asker's private reply, if Discord still takes an edit of it."""
        ...


class NotAnswered(StrEnum):
    """`OVER`: decided, ended, or never asked. `NOT_YOURS`: somebody else is asked."""

    OVER = "over"
    NOT_YOURS = "not_yours"


class PictureQuestions:
    def __init__(self, core: Core, members: Members, board: QuestionBoard) -> None:
        self._core = core
        self._members = members
        self._board = board

    async def ask(self, request_id: int, asked: Asked) -> PictureRequest | Refused:
        """Call it once the gate would let the remix in if the author agreed: nobody is asked in vain."""
        opened = await self._core.database.transaction(self._open, request_id, asked)
        if isinstance(opened, Refused):
            return opened
        message_id = await self._board.post(opened)
        if message_id is None:
            await self._core.database.transaction(picture_requests.try_decide, opened.id, RequestState.ENDED)
            return Refused(Reason.BOT_BUSY)
        await self._core.database.transaction(picture_requests.set_question, opened.id, message_id)
        return opened

    def _open(self, connection: Connection, request_id: int, asked: Asked) -> PictureRequest | Refused:
        now, form = self._core.clock(), picture_requests.find(connection, request_id)
        if form is None or form.state is not RequestState.FORM:
            return Refused(Reason.ASKED_ALREADY)
        # Asked here again: nobody is asked who has opted out since the form was sent.
        refused = refused_now(connection, form)
        if refused is not None and refused.reason is not Reason.PICTURE_NEEDS_CONSENT:
            return refused
        if refused := _asked_too_much(connection, form, asked.picture, now):
            return refused
        ends_at = question_ends_at(form.pictures[asked.picture].url, now)
        picture_requests.ask(connection, form.id, asked, now, ends_at)
        return picture_requests.find(connection, form.id) or Refused(Reason.PICTURE_GONE)

    async def find(
        self, request_id: int, guild_id: int | None, message_id: int, user_id: int
    ) -> PictureRequest | NotAnswered:
        """An open question to that person. Its number can be forged, so it has to be the one on that message."""
        found = await self._core.database.read(picture_requests.find, request_id)
        if found is None or found.state is not RequestState.OPEN or found.ends_at <= self._core.clock():
            return NotAnswered.OVER
        if found.guild_id != guild_id or found.question_id not in (None, message_id):
            return NotAnswered.OVER
        # They can answer before the id of the message is stored.
        found = replace(found, question_id=message_id)
        return found if found.author_id == user_id else NotAnswered.NOT_YOURS

    async def member_who_asks(self, request: PictureRequest) -> Membership | Absent | None:
        return await self._members.find(request.guild_id, request.asker_id)

    async def granted(self, request: PictureRequest) -> None:
        """The remix is queued, and with that the request is used up."""
        await self._board.close(request, RequestState.GRANTED)

    async def end(self, request: PictureRequest, state: RequestState) -> bool:
        """False: it was decided meanwhile."""
        ended = await self._core.database.transaction(picture_requests.try_decide, request.id, state)
        if ended:
            await self._show_end(request, state)
        return ended

    async def opt_out(self, user_id: int) -> None:
        """From now on nobody else makes remixes of that person's pictures. Open questions to them are declined."""

        def opt_out(connection: Connection) -> tuple[Sequence[int], Sequence[PictureRequest]]:
            return stop_remixes_of(connection, user_id, self._core.clock())

        stopped, declined = await self._core.database.transaction(opt_out)
        for job_id in stopped:
            self._core.news.job_changed(job_id)
        for request in declined:
            await self._show_end(request, RequestState.DECLINED)

    async def _show_end(self, request: PictureRequest, state: RequestState) -> None:
        await self._board.close(request, state)
        await self._board.tell_asker(request, state)

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            try:
                await self.end_old()
            except DatabaseUnavailableError as error:
                log.error("questions about pictures are ended later", reason=str(error))
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def end_old(self) -> None:
        """End the questions whose time is over, and forget what is decided."""
        for request in await self._core.database.read(picture_requests.over, self._core.clock(), _AT_ONCE):
            await self.end(request, RequestState.ENDED)
        await self._core.database.transaction(picture_requests.delete_old, self._core.clock())


def _asked_too_much(connection: Connection, form: PictureRequest, picture: int, now: datetime) -> Refused | None:
    since = now - QUESTION_LASTS
    earlier = picture_requests.of_asker(connection, form.guild_id, form.asker_id, since)
    wanted = (form.message_id, form.pictures[picture].id)
    if any((each.message_id, each.chosen.id) == wanted for each in earlier if each.chosen and _counts(each)):
        return Refused(Reason.ASKED_ALREADY)
    is_open = sum(each.state is RequestState.OPEN for each in earlier)
    if is_open >= MOST_OPEN_QUESTIONS:
        return Refused(Reason.ASKED_TOO_OFTEN)
    asked = picture_requests.count_questions_to(connection, form.guild_id, form.author_id, since)
    return Refused(Reason.ASKED_TOO_OFTEN) if asked >= MOST_QUESTIONS_TO_ONE else None


def _counts(earlier: PictureRequest) -> bool:
    """A yes is used up, so that one can ask again. What was never posted was not asked."""
    return earlier.question_id is not None and earlier.state is not RequestState.GRANTED
