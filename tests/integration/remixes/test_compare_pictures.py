"""Before and after: for the author alone, only from the message that shows the job, as long as both are kept."""

import pytest

from bot.rules.job_states import JobState
from bot.rules.removals import Removal
from bot.storage.remixes import families, results
from bot.storage.remixes.results import Post
from bot.use_cases.remixes.compare_pictures import Comparison, NoComparison, compare_pictures
from tests.integration.made_storage import START, add_job, add_result, walk

AUTHOR, SOMEBODY = 1, 2
MESSAGE = 500
SENT, MADE = b"the picture that was sent", b"the picture that was made"


@pytest.fixture
async def job(database, blobs):
    source_hash, result_hash = blobs.put(SENT), blobs.put(MADE)

    def deliver(connection):
        added = add_job(connection, AUTHOR, source_hash=source_hash)
        walk(connection, added, JobState.GENERATING, JobState.GENERATED)
        add_result(connection, added, result_hash)
        results.add_post(connection, added.id, Post(0, 22, MESSAGE, (0,)), START)
        return walk(connection, added, JobState.DELIVERED)

    return await database.transaction(deliver)


async def test_the_author_gets_what_was_sent_and_what_was_made(core, job):
    compared = await compare_pictures(core, job.id, MESSAGE, AUTHOR)
    assert isinstance(compared, Comparison)
    assert (compared.source, compared.result.data) == (SENT, MADE)


async def test_nobody_else_gets_the_picture_that_was_sent(core, job):
    assert await compare_pictures(core, job.id, MESSAGE, SOMEBODY) is NoComparison.NOT_YOURS


async def test_another_message_does_not_show_this_job(core, job):
    assert await compare_pictures(core, job.id, MESSAGE + 1, AUTHOR) is NoComparison.GONE
    assert await compare_pictures(core, job.id + 1, MESSAGE, AUTHOR) is NoComparison.GONE


@pytest.mark.parametrize("lost", [SENT, MADE])
async def test_without_one_of_the_two_there_is_nothing_to_compare(core, job, blobs, lost):
    blobs.path(blobs.put(lost)).unlink()
    assert await compare_pictures(core, job.id, MESSAGE, AUTHOR) is NoComparison.GONE


async def test_a_comparison_does_not_show_its_bytes_when_printed(core, job):
    compared = await compare_pictures(core, job.id, MESSAGE, AUTHOR)
    assert "picture that" not in repr(compared)


async def test_what_moderators_have_removed_is_not_compared(core, job, database):
    await database.transaction(families.mark_removed, job.id, Removal.MODERATOR, START)
    assert await compare_pictures(core, job.id, MESSAGE, AUTHOR) is NoComparison.GONE
