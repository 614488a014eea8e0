"""Commands in sentences can be clicked once Discord has told their ids."""

import pytest

from bot.discord_app.kit.command_mentions import command_mention, mention_commands, remember_ids
from bot.discord_app.kit.text import quote


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    remember_ids([])
    yield
    remember_ids([])


def test_a_command_is_plain_until_its_id_is_known():
    assert mention_commands("Start with `/remix`.") == "Start with `/remix`."
    remember_ids([{"remix": 7, "my-remixes": 8}])
    assert mention_commands("Start with `/remix`, see `/my-remixes`.") == "Start with </remix:7>, see </my-remixes:8>."
    assert command_mention("remix-help") == "`/remix-help`"


def test_a_subcommand_has_the_id_of_its_command():
    remember_ids([{"remix-mod": 9}])
    assert mention_commands("`/remix-mod why` shows it") == "</remix-mod why:9> shows it"


def test_a_command_with_several_ids_stays_plain():
    remember_ids([{"remix": 1, "remix-operator": 3}, {"remix": 2}])
    assert (command_mention("remix"), command_mention("remix-operator")) == ("`/remix`", "</remix-operator:3>")


def test_what_people_typed_mentions_nothing():
    remember_ids([{"remix": 7}])
    assert "</remix" not in mention_commands(quote("use `/remix`", 100))
