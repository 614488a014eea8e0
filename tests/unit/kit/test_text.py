"""Other people's words lose their power and keep their look."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app.kit.text import clock_time, plain, quote
from bot.rules.visible_text import one_line, shorten

SIGNS = set("\\`*_~|<>#@:/[]()-+.{}")
NASTY = [
    "@everyone @here",
    "<@123> <@!123> <@&456> <#789>",
    "[free nitro](https://evil.example)",
    "https://evil.example/a_b?c=d",
    "<https://evil.example>",
    "# Heading\n## Two\n-# small",
    "- item\n* item\n+ item\n1. item\n1) item",
    "> quote\n>>> all of it",
    "```py\ncode\n``` `inline`",
    "**bold** __under__ _it_ ~~gone~~ ||secret||",
    "<:smile:123> <a:dance:456> :wave:",
    "<t:0:R> </remix:1> <id:customize>",
    "\u202eevil\u202c \u2066x\u2069",
    "back\\slash \\\\ \\*",
    "{a} \u200b\ufeff\u00ad",
]


def unescaped(text: str) -> set[str]:
    """The signs that no backslash stands before."""
    return SIGNS & set(re.sub(r"\\.", "", text, flags=re.DOTALL))


def shown(text: str) -> str:
    """What Discord shows of an escaped text."""
    return re.sub(r"\\(.)", r"\1", text)


@pytest.mark.parametrize("text", NASTY)
def test_nothing_in_it_can_mention_link_or_format(text):
    assert unescaped(plain(text, 500)) == set()
    assert len(plain(text, 500).splitlines()) == 1


@given(st.text(max_size=300), st.integers(min_value=1, max_value=300))
def test_no_text_at_all_leaves_a_sign_unescaped_or_a_second_line(text, limit):
    made = plain(text, limit)
    assert unescaped(made) == set()
    assert len(made.splitlines()) <= 1
    assert len(shown(made)) <= limit


@given(st.text(alphabet=st.sampled_from("\\`*_~|<>#@:/[]()-+.{}\n\r\u2028 a\u0301"), max_size=60))
def test_no_row_of_signs_gets_through_either(text):
    made = quote(text, 60)
    assert unescaped(made.removeprefix("> ")) == set()
    assert "\n" not in made


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a red fox, 3 (or 4) tails!", "a red fox, 3 (or 4) tails!"),
        ("Ein Fuchs mit Mütze; 狐, 🦊", "Ein Fuchs mit Mütze; 狐, 🦊"),
        ("snake_case and 50% off", "snake_case and 50% off"),
    ],
)
def test_plain_words_are_shown_as_they_were_typed(text, words):
    assert shown(plain(text, 500)) == words


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\ntwo\r\nthree\u2028four\u2029five\x0bsix\x85seven", "one two three four five six seven"),
        ("a\t \u00a0\u3000b", "a b"),
        ("\x00\x1b[31mred\x7f", "[31mred"),
        ("abc\u202edef\u2069", "abcdef"),
        ("a\u200bb\ufeffc", "abc"),
        ("\ud800lone", "lone"),
        ("", ""),
    ],
)
def test_breaks_become_blanks_and_what_turns_or_hides_goes(text, line):
    assert one_line(text) == line


def test_a_tower_of_marks_is_cut_and_an_accent_stays():
    assert one_line("e\u0301tude") == "e\u0301tude"
    assert one_line("z" + "\u0336" * 50 + "o") == "z" + "\u0336" * 4 + "o"


def test_joined_emoji_stay_joined():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert plain(family, 50) == family


def test_what_is_too_long_ends_with_an_ellipsis_before_it_is_escaped():
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert shorten("abcd efg", 6) == "abcd…"
    longest = plain("*" * 6000, 240)
    assert longest == "\\*" * 239 + "…"
    assert len(quote("_" * 6000, 1200)) < 2500


@pytest.mark.parametrize(("hours", "style"), [(1, "t"), (12, "t"), (13, "f"), (24, "f")])
def test_a_bare_time_is_shown_only_where_no_reader_can_take_it_for_another_days(hours, style):
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    later = now + timedelta(hours=hours)
    assert clock_time(later, now) == f"<t:{int(later.timestamp())}:{style}>"
