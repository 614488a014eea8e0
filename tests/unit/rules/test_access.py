"""Where the bot works, and what it needs there."""

import pytest

from bot.rules.access import NEEDED_PERMISSIONS, NEEDED_PERMISSIONS_IN_THREAD, check_blocks, missing_permissions
from bot.rules.refusals import Reason, Refused

ALL = frozenset({*NEEDED_PERMISSIONS, *NEEDED_PERMISSIONS_IN_THREAD})


@pytest.mark.parametrize("in_thread", [True, False])
def test_with_all_it_needs_it_may_post(in_thread):
    assert missing_permissions(ALL, in_thread=in_thread) == ()


@pytest.mark.parametrize("missing", ["View Channel", "Attach Files", "Read Message History"])
@pytest.mark.parametrize("in_thread", [True, False])
def test_what_is_missing_is_named(missing, in_thread):
    assert missing_permissions(ALL - {missing}, in_thread=in_thread) == (missing,)


def test_a_thread_needs_its_own_permission_to_send_and_a_channel_the_common_one():
    only_channel, only_thread = ALL - {"Send Messages in Threads"}, ALL - {"Send Messages"}
    assert missing_permissions(only_channel, in_thread=False) == ()
    assert missing_permissions(only_thread, in_thread=True) == ()
    assert missing_permissions(only_channel, in_thread=True) == ("Send Messages in Threads",)
    assert missing_permissions(only_thread, in_thread=False) == ("Send Messages",)


def test_all_that_is_missing_is_named_in_one_go():
    assert missing_permissions(frozenset(), in_thread=False) == NEEDED_PERMISSIONS


@pytest.mark.parametrize(
    ("person", "server", "refused"),
    [
        (False, False, None),
        (True, False, Refused(Reason.PERSON_BLOCKED)),
        (False, True, Refused(Reason.SERVER_BLOCKED)),
        (True, True, Refused(Reason.PERSON_BLOCKED)),
    ],
)
def test_a_blocked_person_and_a_blocked_server_are_refused(person, server, refused):
    assert check_blocks(person=person, server=server) == refused
