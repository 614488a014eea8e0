"""Changing word lists is all or nothing, each action is a case, and undoing one checks what is so by then."""

import pytest

from bot.rules.cases import CaseKind
from bot.rules.policies import NO_POLICY
from bot.rules.policy_file import LARGEST_FILE, PolicyTexts, read_file, write_file
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.words import lists
from bot.rules.words.entries import Action, EntryKind, WordEntry
from bot.rules.words.lists import WordTexts
from bot.storage.standing import words
from bot.use_cases.server_policy.change_policy import change_policy, undo_policy_change
from bot.use_cases.server_policy.word_lists import matching_words
from tests.integration.server_policy.test_changing_policies import ANNA, BERT
from tests.unit.rules.test_policy_fields import BOUNDS

CHANGED_SINCE = Problems([Problem(ProblemCode.CHANGED_SINCE)])


async def change(core, admin=ANNA, *, removed=(), lists=None, settings=None, **added):
    texts = {name.replace("_", "-"): list(each) for name, each in added.items()}
    wanted = PolicyTexts(settings or {}, words=WordTexts(lists or {}, texts, removed))
    return await change_policy(core, BOUNDS, admin, wanted)


async def listed(core, guild_id=11):
    return {(entry.text, entry.action.value) for entry in await core.database.read(words.read, guild_id)}


async def version(core):
    return await core.database.read(words.version, 11)


async def undo(core, case):
    return await core.database.transaction(undo_policy_change, case, BOUNDS)


async def test_words_are_listed_and_taken_off_each_time_with_one_case(core):
    (added,) = await change(core, refuse=["Nude", "porn*"], allow=["porno for pyros"])
    first = await version(core)
    assert await listed(core) == {("Nude", "refuse"), ("porn*", "refuse"), ("porno for pyros", "allow")}
    assert await listed(core, 12) == set()
    assert (added.kind, added.details["words"][0]) == (CaseKind.WORDS, ["word", "Nude", None, "refuse"])
    (moved,) = await change(core, BERT, review=["NUDE"])
    assert moved.details["words"] == [["word", "NUDE", "refuse", "review"]]
    (removed,) = await change(core, removed=["nude", "unknown"])
    assert removed.details["words"] == [["word", "NUDE", "review", None]]
    assert await version(core) == first + 2


async def test_what_is_so_already_changes_nothing(core):
    await change(core, refuse=["nude"])
    before = await version(core)
    assert await change(core, refuse=["NUDE", "ｎｕｄｅ"]) == []
    assert await change(core, removed=["slut"]) == []
    assert (await listed(core), await version(core)) == ({("nude", "refuse")}, before)


async def test_it_is_all_or_nothing_with_the_settings(core):
    outcome = await change(core, refuse=["nude", "*"], settings={"cooldown": "5m"})
    assert [(each.code, each.word) for each in outcome.found] == [(ProblemCode.WORD_TOO_BROAD, "*")]
    outcome = await change(core, refuse=["nude"], settings={"cooldown": "never"})
    assert [each.field for each in outcome.found] == ["cooldown"]
    outcome = await change(core, refuse=["nude"], review=["Nude"])
    assert [each.code for each in outcome.found] == [ProblemCode.WORD_TWICE]
    assert (await listed(core), await version(core)) == (set(), 0)


async def test_there_is_a_most_of_each(core, monkeypatch):
    monkeypatch.setattr(lists, "_MOST", {EntryKind.WORD: 2, EntryKind.PATTERN: 1})
    await change(core, refuse=["a1", "a2"], refuse_patterns=["a"])
    outcome = await change(core, refuse=["a3"])
    assert outcome == Problems([Problem(ProblemCode.TOO_MANY_WORDS, limit=2)])
    outcome = await change(core, review_patterns=["b"])
    assert outcome == Problems([Problem(ProblemCode.TOO_MANY_PATTERNS, limit=1)])
    assert len(await change(core, refuse=["a3"], removed=["a1"])) == 1


async def test_all_patterns_together_have_a_most_too(core, monkeypatch):
    monkeypatch.setattr(lists, "LARGEST_PROGRAMS", 40)
    await change(core, refuse_patterns=["a{20}"])
    outcome = await change(core, refuse_patterns=["b{20}"])
    assert outcome == Problems([Problem(ProblemCode.PATTERNS_TOO_LARGE)])


async def test_undoing_gives_back_what_was_listed_unless_it_was_changed_since(core):
    await change(core, refuse=["nude"])
    (case,) = await change(core, review=["nude"], refuse=["slut"], refuse_patterns=["a,b"])
    assert await undo(core, case) is None
    assert await listed(core) == {("nude", "refuse")}
    assert await undo(core, case) == CHANGED_SINCE
    (case,) = await change(core, removed=["nude"])
    await change(core, allow=["nude"])
    assert await undo(core, case) == CHANGED_SINCE
    assert await listed(core) == {("nude", "allow")}


async def test_a_file_restores_the_lists_as_they_were(core):
    await change(core, refuse=["Nude", "裸"], allow=["höra"], review_patterns=["a|b", 'quote"'])
    before = await core.database.read(words.read, 11)
    file = write_file(NO_POLICY, {}, words=before).encode()
    assert "裸" in file.decode()
    await change(core, review=["nude", "extra"], removed=["höra"])
    assert len(await change_policy(core, BOUNDS, ANNA, read_file(file))) == 1
    assert await core.database.read(words.read, 11) == before
    assert await change_policy(core, BOUNDS, ANNA, read_file(file)) == []


async def test_a_list_that_a_file_does_not_name_stays(core):
    await change(core, refuse=["nude"], allow=["höra"])
    await change_policy(core, BOUNDS, ANNA, read_file(b'{"words": {"allow": []}}'))
    assert await listed(core) == {("nude", "refuse")}


@pytest.mark.parametrize(
    "text",
    [
        '{"words": []}',
        '{"words": {"refuse": "nude"}}',
        '{"words": {"refuse": [1]}}',
        '{"words": {"refused": ["nude"]}}',
        '{"words": {"allow-patterns": ["nude"]}}',
    ],
)
def test_a_file_of_another_form_is_refused(text):
    (problem,) = read_file(text.encode()).found
    assert problem.code is ProblemCode.WORDS_NOT_AN_OBJECT


def test_only_the_words_make_a_file_large():
    wordy = '{"words": {"refuse": [' + ", ".join(f'"word{n}"' for n in range(9_000)) + "]}}"
    assert 64_000 < len(wordy) < LARGEST_FILE
    assert len(read_file(wordy.encode()).words.lists["refuse"]) == 9_000
    (problem,) = read_file(b'{"settings": {"speeds": "' + b"a" * 64_000 + b'"}}').found
    assert (problem.code, problem.limit) == (ProblemCode.FILE_TOO_LARGE, 64_000)
    (problem,) = read_file(b'{"words": {"refuse": [' + b'"a",' * 10_001 + b'"a"]}}').found
    assert problem.code is ProblemCode.TOO_MANY_WORDS


async def test_a_part_of_a_word_finds_it(core):
    await change(core, refuse=["Nude", "nudist", "100%"], refuse_patterns=["NUDE.*"])
    assert {entry.text for entry in await matching_words(core, 11, "NUD", 25)} == {"Nude", "nudist", "NUDE.*"}
    assert await matching_words(core, 11, "0%", 25) == []
    assert len(await matching_words(core, 11, "", 2)) == 2


async def test_a_long_list_is_made_outside_of_the_transaction(core, monkeypatch):
    await change(core, refuse=[f"word{n}" for n in range(600)])
    made = []
    original = core.words._keep
    monkeypatch.setattr(
        "bot.use_cases.listed_words.ListedWords._keep", lambda *args: (made.append(1), original(*args[1:]))
    )
    await core.words.prepare(core.database, 11, "a word7")
    assert made == [1]
    found = await core.database.transaction(core.words.judge, 11, "a word7")
    assert ([hit.piece for hit in found.hits], made) == (["word7"], [1])
    assert WordEntry("word7").action is Action.REFUSE
