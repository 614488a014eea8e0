"""Where the bot works, and what it needs there."""

import pytest

from bot.rules.access import NEEDED_PERMISSIONS, NEEDED_PERMISSIONS_IN_THREAD, check_blocks, check_channel, check_server
from bot.rules.refusals import Reason, Refused

ALL = frozenset({*NEEDED_PERMISSIONS, *NEEDED_PERMISSIONS_IN_THREAD})


@pytest.mark.parametrize(
    ("guild_id", "allowed", "refused"),
    [
        (None, frozenset(), Refused(Reason.SERVER_ONLY)),
        (None, frozenset({1}), Refused(Reason.SERVER_ONLY)),
        (1, frozenset(), None),
        (1, frozenset({1, 2}), None),
        (3, frozenset({1, 2}), Refused(Reason.SERVER_NOT_ALLOWED)),
    ],
)
def test_an_empty_list_allows_every_server_and_a_private_chat_is_none(guild_id, allowed, refused):
    assert check_server(guild_id, allowed) == refused


@pytest.mark.parametrize("in_thread", [True, False])
def test_with_all_it_needs_it_may_post(in_thread):
    assert check_channel(ALL, in_thread=in_thread) is None


@pytest.mark.parametrize("missing", ["View Channel", "Attach Files", "Read Message History"])
@pytest.mark.parametrize("in_thread", [True, False])
def test_what_is_missing_is_named(missing, in_thread):
    assert check_channel(ALL - {missing}, in_thread=in_thread) == Refused(Reason.CHANNEL_FORBIDDEN, missing=(missing,))


def test_a_thread_needs_its_own_permission_to_send_and_a_channel_the_common_one():
    only_channel, only_thread = ALL - {"Send Messages in Threads"}, ALL - {"Send Messages"}
    assert check_channel(only_channel, in_thread=False) is None
    assert check_channel(only_thread, in_thread=True) is None
    assert check_channel(only_channel, in_thread=True).missing == ("Send Messages in Threads",)
    assert check_channel(only_thread, in_thread=False).missing == ("Send Messages",)


def test_all_that_is_missing_is_named_in_one_go():
    assert check_channel(frozenset(), in_thread=False).missing == NEEDED_PERMISSIONS


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
