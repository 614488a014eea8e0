"""Words, from the admin who lists one to the member who reads that it is not allowed."""

import pytest

from bot.rules.cases import CaseKind
from bot.rules.policies import Policy
from bot.rules.words.entries import Action
from bot.storage.standing import policies, words
from tests.e2e.admins import Admins
from tests.e2e.cards import Card
from tests.e2e.moderators import Desk
from tests.e2e.world import private_words

REFUSED = "This server doesn't allow that prompt: **{}**. Please reword it."


@pytest.fixture
async def admins(hasty_world):
    return Admins(hasty_world)


def listed(admins):
    return {entry.text: entry.action for entry in admins._read(words.read)}


def entries(world, log):
    return " ".join(str(card.stored.components) for card in world.cards(log))


async def test_a_listed_word_refuses_in_every_disguise_and_whole_words_only(admins, horse):
    world = admins.world
    told = await admins.told("word-add", words="nude, porn*")
    assert told == "Words: `nude`: not listed → refused, `porn*`: not listed → refused. Case 1."
    for prompt, piece in {"a NUDE": "NUDE", "a nudе": "nudе", "a pörnstar": "pörn"}.items():
        result = await world.remix(world.mia, horse, prompt)
        await world.told(result, REFUSED.format(piece))
        assert result.ephemeral
    assert (world.jobs(), world.ideogram.calls) == ([], [])
    await world.make(world.mia, horse, "menu delight, nudes")


async def test_a_word_for_review_is_made_and_waits_for_the_moderators(admins, horse):
    world = admins.world
    await admins.told("word-add", words="nude", then="review")
    result = await world.remix(world.mia, horse, "a nude")
    await world.told(result, "Until then only you and they can see it")
    assert world.cards(world.channel) == []
    shown = await Desk(world).press("inbox")
    assert "1 thing waits" in shown


async def test_the_log_names_no_word_of_a_list_and_a_case_does(admins):
    world = admins.world
    log = world.server.create_text_channel("log")
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy(log_channel=log.id))
    await admins.told("word-add", words="nude, slut")
    await world.until(lambda: world.cards(log), "an entry in the log")
    entry = str(world.cards(log)[0].stored.components)
    assert "changed the word lists" in entry
    assert "2 words and patterns" in entry
    assert "nude" not in entry
    case = await Desk(world).maud.slash(world.channel, "remix-mod case", number=1)
    await world.told(case, "`nude`: not listed → refused")


async def test_words_are_listed_and_taken_off_by_name(admins):
    world = admins.world
    assert "lists no words" in await admins.told("words")
    await admins.told("word-add", words="nude")
    await admins.told("word-add", words="Scunthorpe", then="allow")
    await admins.told("word-add", words="a,b|c", pattern=True)
    shown = await admins.told("words")
    assert "**Refused words:** `nude`" in shown
    assert "**Allowed words:** `Scunthorpe`" in shown
    assert "**Refused patterns:** `a,b|c`" in shown
    await admins.anna.autocomplete(world.channel, "remix-config word-remove", "word", "nu")
    asked = list(world.discord.backend.interactions.values())[-1]
    await world.until(lambda: asked.autocomplete_choices is not None, "choices")
    assert [choice["value"] for choice in asked.autocomplete_choices] == ["nude"]
    await admins.told("word-remove", word="a,b|c")
    assert "isn't on a list" in await admins.told("word-remove", word="unknown")
    assert listed(admins) == {"nude": Action.REFUSE, "Scunthorpe": Action.ALLOW}


async def test_what_is_wrong_with_a_pattern_is_named_with_its_place(admins):
    told = await admins.told("word-add", words="no(?=look)", pattern=True)
    assert "`no(?=look)`: there is a mistake at character 3: `(?=`." in told
    assert "Only words can be allowed" in await admins.told("word-add", words="a", then="allow", pattern=True)
    assert listed(admins) == {}


async def test_a_long_list_comes_as_a_file(admins):
    await admins.told("word-add", words=", ".join(f"word{n}" for n in range(300)))
    result = await admins.press("words")
    assert "and 240 more" in private_words(result)
    (file,) = result.response._message.attachments
    assert file["filename"] == f"words-{admins.world.server.id}.txt"


async def test_the_panel_adds_and_removes_words_in_a_form(admins):
    world = admins.world
    await admins.told("word-add", words="old")
    panel = await admins.press("panel")
    form = await admins.form(panel, "Words")
    fields = {"refuse": "nude\n\nslut", "review": "gun", "allow": "", "refuse-patterns": "a,b", "removed": "old"}
    await admins.anna.submit_modal(form, fields)
    wanted = {"nude": Action.REFUSE, "slut": Action.REFUSE, "gun": Action.REVIEW, "a,b": Action.REFUSE}
    await world.until(lambda: listed(admins) == wanted, "the lists")
    assert [case.kind for case in admins.cases] == [CaseKind.WORDS] * 2


async def test_an_export_has_the_words_and_another_server_imports_them(admins):
    world = admins.world
    await admins.told("word-add", words="nude")
    result = await admins.press("export")
    (file,) = Card(result._env, result.response._message).stored.attachments
    data = world.discord.backend.cdn.get(file["url"])
    await admins.told("word-remove", word="nude")
    await admins.told("import", file=("settings.json", data))
    assert listed(admins) == {"nude": Action.REFUSE}
