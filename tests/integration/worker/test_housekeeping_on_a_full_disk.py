"""Old pictures are deleted also while the disk is full: else it stays full."""

import errno
from datetime import timedelta

from bot.worker import housekeeping
from bot.worker.housekeeping import Housekeeping


async def test_it_goes_on_where_the_newest_entry_cannot_be_written_down(core, monkeypatch):
    done = []

    def refuse(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    async def forget_pictures(*_arguments):
        done.append("pictures")

    monkeypatch.setattr(housekeeping, "remember_newest", refuse)
    monkeypatch.setattr(housekeeping, "forget_pictures", forget_pictures)
    await Housekeeping(core, keep_pictures=timedelta(days=1)).once(forget=True)
    assert done == ["pictures"]
