"""Pictures are decoded in other processes: without secrets, within limits, by turns. What goes wrong stays there."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.images.chart import BLUE, Panel, Series
from bot.images.errors import UnreadablePictureError
from bot.images.fit import fit_to_size
from bot.images.likeness.fingerprint import prints_to_find, prints_to_keep
from bot.images.pictures import SourceLimits
from bot.images.prepare import prepare_source
from bot.images.processes import kept_children
from bot.images.processes.children import Child, ChildError
from bot.images.processes.kept_children import Children
from bot.images.processes.messages import read_message, write_message
from bot.images.processes.pool import PicturePool
from bot.rules.refusals import Reason, Refused
from tests.unit.images.made_pictures import LIMITS, PHOTOS, corners, file_of, noise, photo

SMALL = file_of(corners(), "PNG")
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture
def children():
    kept = Children()
    yield kept
    kept.close()


@pytest.fixture
def pool(children):
    return PicturePool(children)


class Asked:
    """In place of processes: answers nothing until it is let go, and remembers what ran at the same time."""

    def __init__(self, count=2):
        self.count = count
        self.running, self.most, self.begun = 0, 0, []
        self.go = asyncio.Event()

    async def ask(self, _head, body):
        self.begun.append(body)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.go.wait()
        finally:
            self.running -= 1
        raise ChildError(None)


async def let_run():
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("path", [each for each in sorted(PHOTOS.iterdir()) if each.suffix != ".md"], ids=str)
async def test_a_picture_is_prepared_as_here(pool, path):
    assert await pool.prepare(path.read_bytes(), LIMITS, 1) == prepare_source(path.read_bytes(), LIMITS)


@pytest.mark.parametrize("saved_as", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
async def test_every_format_can_be_decoded_though_no_file_can_be_opened_any_more(pool, saved_as):
    data = file_of(noise((64, 48)), saved_as)
    assert await pool.prepare(data, LIMITS, 1) == prepare_source(data, LIMITS)


async def test_a_refusal_comes_back_as_it_is(pool):
    limits = SourceLimits(10**6, 10**6, 100, 4096)
    assert await pool.prepare(SMALL, limits, 1) == Refused(Reason.PICTURE_TOO_MANY_PIXELS, limit=100)


async def test_a_result_is_made_to_fit_as_here(pool):
    data = file_of(noise((200, 100)), "PNG")
    assert await pool.fit(data, 5000) == fit_to_size(data, 5000)
    assert (await pool.fit(data, len(data))).data is data
    with pytest.raises(UnreadablePictureError):
        await pool.fit(b"<html>", 5000)


async def test_a_chart_is_drawn(pool):
    panel = Panel("Dollars", [Series("made", BLUE, [0.5, 2])], dollars=True)
    assert (await pool.draw([panel], ["1 May", "2 May"])).startswith(b"\x89PNG")


@on_linux
async def test_a_child_has_no_secret_and_can_open_nothing(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "a-secret")
    monkeypatch.setenv("IDEOGRAM_API_KEY", "a-secret")
    child = Child(memory_bytes=1 << 31, cpu_s=5)
    try:
        child.ask({"task": "prepare", "limits": vars_of(LIMITS)}, SMALL, 10**6)
        folder = Path(f"/proc/{child.pid}")
        assert b"a-secret" not in (folder / "environ").read_bytes()
        limits = {line[:26].strip(): line[26:].split()[:2] for line in (folder / "limits").read_text().splitlines()}
        assert limits["Max address space"] == [str(1 << 31)] * 2
        assert limits["Max open files"] == [str(len(list((folder / "fd").iterdir())))] * 2
        assert limits["Max file size"] == ["0", "0"]
        assert int(limits["Max cpu time"][0]) <= 10
    finally:
        child.end()


def vars_of(limits):
    return {name: getattr(limits, name) for name in limits.__slots__}


async def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_is_not(children, pool):
    await children.start()
    await pool.prepare(SMALL, LIMITS, 1)
    children.deadline_s = 0.001
    (child,) = children._idle
    slow = file_of(noise((2000, 2000)), "WEBP")
    assert await pool.prepare(slow, LIMITS, 1) == Refused(Reason.PICTURE_UNREADABLE)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
    children.deadline_s = 30
    assert await pool.prepare(SMALL, LIMITS, 1) == prepare_source(SMALL, LIMITS)


@on_linux
def test_a_child_that_uses_too_much_processor_time_is_ended_by_the_system():
    child = Child(memory_bytes=1 << 31, cpu_s=0)
    with pytest.raises(ChildError) as ended:
        ask_often(child)
    assert ended.value.too_long


def ask_often(child):
    for _ in range(200):
        child.ask({"task": "prepare", "limits": vars_of(LIMITS)}, photo("plumeria-gps-rotated.jpg"), 10**7)


@on_linux
async def test_a_picture_that_needs_too_much_memory_is_refused(children, pool):
    children._memory_bytes = 200 << 20
    data = file_of(noise((60, 40)).resize((6000, 4000)), "PNG", compress_level=1)
    assert await pool.prepare(data, LIMITS, 1) == Refused(Reason.PICTURE_UNREADABLE)
    assert await pool.prepare(SMALL, LIMITS, 1) == prepare_source(SMALL, LIMITS)


@on_linux
async def test_a_child_that_somebody_killed_is_replaced_and_nobody_notices(children, pool):
    await children.start()
    for child in children._idle:
        os.kill(child.pid, signal.SIGKILL)
    assert await pool.prepare(SMALL, LIMITS, 1) == prepare_source(SMALL, LIMITS)


@on_linux
async def test_children_outlive_the_signals_that_stop_the_bot(children, pool):
    await children.start()
    await pool.prepare(SMALL, LIMITS, 1)
    for child in children._idle:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            os.kill(child.pid, number)
    before = {child.pid for child in children._idle}
    await pool.prepare(SMALL, LIMITS, 1)
    assert {child.pid for child in children._idle} == before


@on_linux
def test_children_end_with_the_bot():
    code = (
        "import time; from bot.images.processes.children import Child; c = Child(memory_bytes=1 << 31, cpu_s=5); "
        "print(c.pid, flush=True); time.sleep(60)"
    )
    bot = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    ends = os.pidfd_open(int(bot.stdout.readline()))
    bot.kill()
    bot.wait()
    bot.stdout.close()
    assert select.select([ends], [], [], 10)[0] == [ends]
    os.close(ends)


async def test_one_picture_of_a_person_at_a_time():
    asked = Asked()
    pool = PicturePool(asked)
    tasks = [asyncio.create_task(pool.prepare(SMALL, LIMITS, 1)) for _ in range(5)]
    await let_run()
    assert len(asked.begun) == 1
    other = asyncio.create_task(pool.prepare(b"of another", LIMITS, 2))
    await let_run()
    assert asked.begun[1:] == [b"of another"]
    asked.go.set()
    await asyncio.gather(other, *tasks)
    assert len(asked.begun) == 6


async def test_nobodys_second_picture_is_before_anothers_first():
    asked = Asked(count=1)
    pool = PicturePool(asked)
    order = [(1, b"1a"), (1, b"1b"), (1, b"1c"), (2, b"2a"), (3, b"3a"), (2, b"2b")]
    tasks = [asyncio.create_task(pool.prepare(name, LIMITS, person)) for person, name in order]
    await let_run()
    asked.go.set()
    await asyncio.gather(*tasks)
    assert asked.begun == [b"1a", b"2a", b"3a", b"1b", b"2b", b"1c"]


async def test_big_pictures_are_decoded_one_by_one_and_leave_room_for_small_ones():
    asked = Asked()
    pool = PicturePool(asked)
    big = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (9000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    crowd = [asyncio.create_task(pool.prepare(big, LIMITS, person)) for person in range(12)]
    await let_run()
    assert len(asked.begun) == 1
    neighbour = asyncio.create_task(pool.prepare(SMALL, LIMITS, 99))
    await let_run()
    assert asked.begun[1:] == [SMALL]
    asked.go.set()
    await asyncio.gather(neighbour, *crowd)


async def test_a_paid_result_goes_before_all_sources():
    asked = Asked(count=1)
    pool = PicturePool(asked)
    sources = [asyncio.create_task(pool.prepare(b"source", LIMITS, person)) for person in range(3)]
    await let_run()
    result = asyncio.create_task(pool.fit(b"a result", 10))
    await let_run()
    asked.go.set()
    await asyncio.gather(result, *sources, return_exceptions=True)
    assert asked.begun[1] == b"a result"


async def test_somebody_who_gives_up_leaves_their_place():
    asked = Asked(count=1)
    pool = PicturePool(asked)
    tasks = [asyncio.create_task(pool.prepare(b"%d" % person, LIMITS, person)) for person in range(3)]
    await let_run()
    tasks[0].cancel()
    tasks[1].cancel()
    await let_run()
    assert asked.begun == [b"0", b"2"]
    assert [task.done() and task.cancelled() for task in tasks] == [True, True, False]
    asked.go.set()
    await asyncio.gather(*tasks, return_exceptions=True)


class Slow:
    """In place of a child: its start and its answer come when `go` is set, however it was killed."""

    def __init__(self, *, starts_slowly):
        self.go, self.ended, self.asked = threading.Event(), threading.Event(), 0
        self.starts_slowly = starts_slowly

    def start(self, **_limits):
        if self.starts_slowly:
            self.go.wait()
        return self

    def ask(self, *_asked):
        self.go.wait()
        return {}, b""

    def kill(self):
        """As if the answer had been on its way."""

    def end(self):
        self.ended.set()


@pytest.mark.parametrize("starts_slowly", [False, True])
async def test_a_child_whose_request_is_cancelled_is_ended_though_it_answers_or_only_starts(monkeypatch, starts_slowly):
    """Else its pipes stay open until Python happens to collect them, and the process runs on."""
    slow = Slow(starts_slowly=starts_slowly)
    monkeypatch.setattr(kept_children, "Child", slow.start)
    children = Children(count=1)
    asking = asyncio.create_task(children.ask({"task": "thumbnail"}, SMALL))
    await let_run()
    asking.cancel()
    await asyncio.wait([asking])
    slow.go.set()
    assert await asyncio.to_thread(slow.ended.wait, 20)
    children.close()


@pytest.mark.parametrize(
    "sent", [b"", b"<html>", file_of(corners(), "GIF"), SMALL + bytes(LIMITS.max_upload_bytes)], ids=range(4)
)
async def test_what_a_child_sends_is_checked(sent):
    class Lying(Asked):
        async def ask(self, _head, _body):
            return {"format": "png", "width": 96, "height": 64}, sent

    assert await PicturePool(Lying()).prepare(SMALL, LIMITS, 1) == Refused(Reason.PICTURE_UNREADABLE)


async def test_a_mistake_in_the_child_is_logged_with_its_trace(pool, capsys):
    limits = SourceLimits(10**6, 10**6, "many", 4096)
    assert await pool.prepare(SMALL, limits, 1) == Refused(Reason.PICTURE_UNREADABLE)
    assert "TypeError" in capsys.readouterr().out


def test_the_bots_own_process_has_no_decoder():
    code = "import sys, bot.run; print([name for name in sys.modules if name.split('.')[0] in {'PIL', 'pillow_heif'}])"
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ran.stdout.strip() == "[]"


NOISY = """
import os, sys
from bot.images.processes import child
def noisy(head, body):
    os.write(2, b"_TIFFVSetField: a line of libtiff"); os.write(1, b"and one on stdout")
    print("and of Python"); print("too", file=sys.stderr)
    return {}, b""
child._TASKS["noisy"] = noisy
sys.argv = ["child", str(1 << 30), "20"]
child.main()
"""


def test_what_libraries_print_reaches_neither_the_log_nor_the_answers():
    # stderr=PIPE instead of the product's DEVNULL: the child itself has to keep libtiff from printing.
    with subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, "-c", NOISY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as noisy:
        assert read_message(noisy.stdout, 0)[0] == {"ready": True}
        write_message(noisy.stdin, {"task": "noisy"})
        assert read_message(noisy.stdout, 0) == ({}, b"")
        rest, printed = noisy.communicate()
    assert (rest, printed) == (b"", b"")


async def test_fingerprints_are_made_as_here_and_what_is_no_picture_has_none(pool):
    horse = photo("horse.png")
    for keep, here in ((True, prints_to_keep), (False, prints_to_find)):
        assert await pool.prints(horse, 1, keep=keep) == here(horse)
        for broken in (b"", b"no picture", horse[:400]):
            with pytest.raises(UnreadablePictureError):
                await pool.prints(broken, 1, keep=keep)


@pytest.mark.parametrize("answer", [b"x", b"\0" * 56 * 12])
async def test_a_child_that_sends_something_else_than_fingerprints_is_not_believed(answer):
    class Lying(Asked):
        async def ask(self, _head, _body):
            return {}, answer

    with pytest.raises(UnreadablePictureError):
        await PicturePool(Lying()).prints(SMALL, 1, keep=True)
