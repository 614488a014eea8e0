"""Everything that can be seen stays, also what this Python's Unicode tables do not know; what hides or turns goes."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.visible_text import can_be_seen, one_line, shorten

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
EMOJI = {
    "shaking face (Unicode 15, unknown to Python 3.11)": "\U0001fae8",
    "of a year to come": "\U0001fadf",
    "England": ENGLAND,
    "family": FAMILY,
    "skin tone": "\U0001f44d\U0001f3fd",
    "variation selector": "\u2764\ufe0f",
    "keycap": "1\ufe0f\u20e3",
    "flag of two letters": "\U0001f1eb\U0001f1f7",
    "pirates": "\U0001f3f4\u200d\u2620\ufe0f",
    "private use": "\uf8ff",
}
# By property, as Unicode publishes it; no table of Python's has it.
IGNORABLE = [
    *(0xAD, 0x34F, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFFF0, 0xFFFC),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *(code for code in range(0xE0000, 0xE1000) if not 0xE0100 <= code <= 0xE01EF),
]
NONCHARACTERS = [*range(0xFDD0, 0xFDF0), *(code for code in range(0x110000) if code & 0xFFFE == 0xFFFE)]


@pytest.mark.parametrize("emoji", EMOJI.values(), ids=EMOJI)
def test_every_emoji_survives_alone_and_among_words(emoji):
    assert one_line(emoji) == emoji
    assert one_line(f"a{emoji}b") == f"a{emoji}b"
    assert can_be_seen(emoji)


def test_what_is_never_seen_goes():
    for character in map(chr, [*IGNORABLE, *NONCHARACTERS, 0xD800, 0xDFFF]):
        assert one_line(f"a{character}b") == "ab"
        assert not can_be_seen(character * 3)


@given(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "Me")))
def test_every_other_character_stays_whatever_python_knows_of_it(character):
    is_named_here = ord(character) in {*IGNORABLE, *NONCHARACTERS, 0x115F, 0x1160, 0x3164, 0xFFA0}
    assert is_named_here or one_line(f"a{character}b") == f"a{character}b"


@given(st.text(st.characters(), max_size=60))
def test_what_is_left_needs_no_second_cleaning(text):
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(st.sampled_from("ab\u202e\U000e0041\U000e0067\U0001f3f4\U000e007f\u200d\u2066\ufeff "), max_size=20))
def test_no_override_and_no_hidden_text_gets_through(text):
    left = one_line(text)
    assert not set(left) & set("\u202e\u2066\ufeff")
    tags = [character for character in left.replace(ENGLAND, "") if "\U000e0020" <= character <= "\U000e007f"]
    assert len(tags) <= 7 * left.count("\U0001f3f4")
    assert "\u200d\u200d" not in left


def test_tags_after_a_flag_are_kept_only_as_a_whole_name_with_its_end():
    flag, hidden = "\U0001f3f4", "\U000e0068\U000e0069"
    assert one_line(f"{flag}{hidden}\U000e007f") == flag
    assert one_line(f"{flag}{hidden * 20}\U000e007f") == flag
    assert one_line(f"a{hidden}") == "a"


@pytest.mark.parametrize("blank", ["\u3164", "\uffa0", "\u115f", "\u1160", "\u2003"])
def test_blanks_and_fillers_become_one_blank(blank):
    assert one_line(f"a{blank * 3}b") == "a b"
    assert not can_be_seen(blank)


@pytest.mark.parametrize("alone", ["\u200c\u200d", "\u0301", "\ufe0f"])
def test_joiners_and_marks_without_anything_to_join_cannot_be_seen(alone):
    assert not can_be_seen(alone * 5)


def test_the_tables_of_this_python_are_too_old_for_one_of_the_emoji_here():
    assert sys.version_info >= (3, 12) or unicodedata.category(EMOJI["of a year to come"]) == "Cn"


@pytest.mark.parametrize("emoji", [ENGLAND, FAMILY, EMOJI["skin tone"], EMOJI["variation selector"], "e\u0301"])
def test_an_emoji_at_the_cut_is_kept_whole_or_left_out(emoji):
    text = f"abc{emoji}defghi"
    for limit in range(1, len(text)):
        cut = shorten(text, limit)
        assert len(cut) <= limit
        assert emoji in cut or cut == f"{'abc'[: limit - 1]}…"


def test_a_long_row_of_marks_is_cut_all_the_same():
    assert len(shorten("a" + "\u0301" * 500, 100)) <= 100
