"""What moderators and members know of the time after a backup is neither said again nor named by the same numbers."""

import pytest

from bot.rules.appeals import Appealed, Outcome
from bot.rules.matters import MatterKind
from bot.rules.picture_memory import ListedBecause
from bot.rules.reports import ReportOutcome, ReportReason
from bot.storage.appeals import appeals
from bot.storage.appeals.appeals import NewAppeal
from bot.storage.matters import matters, reports
from bot.storage.matters.reports import Report
from bot.storage.standing import pictures
from bot.storage.standing.pictures import NewPicture
from tests.integration.made_storage import START, add_job
from tests.integration.operator.made_restores import LATER, Place


@pytest.fixture
def place(url, blobs, database_file, tmp_path):
    return Place(url, blobs, database_file, tmp_path)


def test_nobody_is_sent_again_how_their_appeal_ended(place):
    def end(connection):
        appeal = appeals.add(connection, NewAppeal(11, 5, Appealed.CASE, "1", "why?"), START, LATER)
        appeals.end(connection, appeal, Outcome.KEPT, START)

    place.run(end)
    place.back_up()
    place.restore()
    assert place.run(appeals.to_tell, 5) == []
    assert len(place.run(appeals.unread, 5, 11, 5)) == 1


def test_nobody_is_sent_again_how_their_report_ended(place):
    def end(connection):
        job = add_job(connection)
        matter = matters.open_matter(connection, 11, MatterKind.REPORT, job.id, START, job_id=job.id)
        reports.add(connection, matter, Report(5, START, ReportReason.SPAM, None, counts=True))
        matters.close(connection, matter.id, START, by=9, outcome=ReportOutcome.DISMISSED)

    place.run(end)
    place.back_up()
    place.restore()
    assert place.run(reports.to_tell, 5) == []
    assert len(place.run(reports.find_unread, 11, 5, 5)) == 1


def test_no_entry_of_a_list_of_pictures_gets_a_number_that_admins_know_for_another_one(place):
    listed = [NewPicture(name, ListedBecause.ADDED, prints=b"") for name in ("before", "lost", "after")]
    place.run(pictures.add, 11, listed[:1], None, START)
    place.back_up()
    place.run(pictures.add, 11, listed[1:2], None, START)
    place.restore()
    assert place.run(pictures.add, 11, listed[2:], None, LATER) == [3]
