"""The lines that `remix-bot restore` prints."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bot.rules.prices import dollars
from bot.storage.restores.known import Spent
from bot.use_cases.operator.restore_backup import Prepared, Restored


def gap_lines(prepared: Prepared) -> Iterator[str]:
    """What the backup does not know."""
    yield f"The backup is of {_time(prepared.backup_at)}."
    old, since = prepared.old, prepared.spent_since
    if old is None or since is None:
        yield (
            "There is no other database, or it cannot be read, is damaged, or is an older copy itself. So nobody knows"
            " what happened since."
        )
        return
    if old.until is None or old.until <= prepared.backup_at:
        yield "The database that it replaces knows nothing later."
    else:
        jobs = max(0, old.last_job - prepared.last_job)
        yield f"The database that it replaces goes on until {_time(old.until)}: {jobs} remixes later."
    yield f"It has spent {dollars(sum(since.values()))} that the backup does not know of."


def restored_lines(prepared: Prepared, done: Restored, spent: Spent) -> Iterator[str]:
    """What was done, and what is left to do."""
    settled = prepared.settled
    yield f"Restored. {dollars(sum(spent.values()))} counts as spent since the backup."
    if settled.ended:
        yield f"{settled.ended} remixes that were waiting have ended uncharged. Their authors see it in /my-remixes."
    if settled.to_post:
        yield f"{settled.to_post} results were not posted yet. The bot looks for their messages before it posts them."
    if settled.parked:
        yield (
            f"{len(settled.parked)} remixes were being made and are parked: {', '.join(map(str, settled.parked))}."
            " `remix-bot parked` lists them. If a remix is in its channel, write it off with --charged, or with"
            " --not-charged if its cost is in an amount that you entered."
        )
    if settled.parked_before:
        yield (
            f"{len(settled.parked_before)} remixes were parked already: {', '.join(map(str, settled.parked_before))}."
            " What you have decided about them since the backup is lost. One that you sent again then was paid for, so"
            " write it off now."
        )
    if done.missing:
        yield f"{done.missing} pictures that the database names are in neither place."
    if done.erasures:
        yield f"{done.erasures} requests to be forgotten since the backup are taken up again when the bot starts."
    if prepared.old is None:
        yield (
            "Requests to be forgotten, removals and opt-outs since the backup may be lost: if you know of some, run"
            " `remix-bot forget` before you start the bot."
        )
    yield "What admins and moderators have changed since the backup is lost: settings, blocks, cases."
    if done.aside is not None:
        yield f"What was there before is in {done.aside}. It has people's prompts: delete it once all is well."
    yield "Next: `remix-bot audit`, then `remix-bot run`."


def finished_lines(aside: Path) -> Iterator[str]:
    yield "A restore was interrupted before. It is finished now, and nothing else was done."
    yield f"What was there before is in {aside}."
    yield "Run the same command again only if you want to restore that backup once more."


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
