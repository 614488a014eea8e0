"""A blocked word is found in every disguise, and innocent words are left alone."""

import pytest

from bot.rules.words.entries import Action, WordEntry
from bot.rules.words.matcher import How, Matcher, Prompt
from tests.unit.rules.words.bypasses import PERHAPS, SURE
from tests.unit.rules.words.innocents import INSIDE, SENTENCES

BLOCKED = (
    *("nude", "slut", "ass", "sex", "cock", "tit", "anal", "rape", "cum", "dick", "shit", "hell", "cunt", "nigger"),
    *("fag", "faggot", "twat", "whore", "pussy", "crap", "penis", "clit", "porn*", "*hentai*", "blue waffle", "slt"),
    *("хуй", "裸", "puta", "scheiße", "🍆", "cop", "pop", "hope", "coc", "cazzo", "cul", "pute", "toss"),
)
LIST = Matcher([*map(WordEntry, BLOCKED), WordEntry("hentailike", Action.ALLOW)])


def found(text, matcher=LIST):
    return [(hit.entry.text, hit.how) for hit in matcher.find(Prompt(text))]


@pytest.mark.parametrize("text", SURE)
def test_what_looks_like_the_word_is_refused_like_the_word(text):
    assert SURE[text] in {word for word, how in found(text) if how is not How.PERHAPS}


@pytest.mark.parametrize("text", PERHAPS)
def test_what_may_be_the_word_is_only_flagged(text):
    assert PERHAPS[text] in {word for word, _ in found(text)}
    actions = {hit.action for hit in LIST.find(Prompt(text)) if hit.entry.text == PERHAPS[text]}
    assert actions == {Action.REVIEW}


def test_the_tables_are_long_enough():
    assert len(SURE) + len(PERHAPS) >= 100
    assert len(INSIDE) + len(SENTENCES) >= 250


@pytest.mark.parametrize("text", [*INSIDE, *SENTENCES])
def test_innocent_words_are_left_alone(text):
    assert found(text) == []


def test_a_word_of_another_language_that_looks_like_a_blocked_one_is_only_flagged():
    """`сор` is Russian for litter. Alone it may be a disguise of `cop`."""
    assert found("сор из избы выносить") == [("cop", How.PERHAPS)]
    assert found("сор") == [("cop", How.LOOKS_ALIKE)]
    assert found("a bad сор") == [("cop", How.LOOKS_ALIKE)]
