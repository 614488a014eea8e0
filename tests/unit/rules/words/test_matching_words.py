"""What a word with wildcards, an allowed word and a pattern match, and what is read of admins' texts."""

import pytest

from bot.rules.policy_problems import Problem, ProblemCode
from bot.rules.words.automod import AutoModRule, from_raw_rule, to_raw_rule
from bot.rules.words.entries import MOST_PATTERNS, Action, EntryKind, WordEntry, read_entry
from bot.rules.words.findings import ServerLists
from bot.rules.words.matcher import How, Matcher, Prompt
from bot.rules.words.readings import LONGEST_READING

PATTERN = EntryKind.PATTERN


def pieces(entries, text):
    matcher = Matcher([WordEntry(each) if isinstance(each, str) else each for each in entries])
    return [hit.piece for hit in matcher.find(Prompt(text))]


def pattern(text, action=Action.REFUSE):
    return WordEntry(text, action, PATTERN)


@pytest.mark.parametrize(
    ("word", "text", "piece"),
    [
        ("cat", "a cat sits", "cat"),
        ("cat", "a category", None),
        ("cat", "a bobcat", None),
        ("cat*", "a category", "cat"),
        ("cat*", "a bobcat", None),
        ("*cat", "a bobcat", "cat"),
        ("*cat", "a category", None),
        ("*cat*", "bobcats", "cat"),
        ("c*t", "a cat", "cat"),
        ("c*t", "a coat.", "coat"),
        ("c*t", "a ct", "ct"),
        ("c*t", "a car at", None),
        ("b*c*t", "a bobcat", "bobcat"),
        ("a*a", "aa", "aa"),
        ("a*a", "a", None),
        ("big cat*", "two big cats", "big cat"),
        ("big cat*", "two big, fat cats", None),
        ("big * cat", "one big fat cat", "big fat cat"),
        ("big * cat", "one big very fat cat", None),
        ("c*", "a cat", None),
        ("3d", "in 3D!", "3D"),
        ("裸", "女性の裸の絵", "裸"),
        ("🍆", "an 🍆!", "🍆"),
    ],
)
def test_a_wildcard_stands_for_letters_of_one_word(word, text, piece):
    assert pieces([word], text) == ([piece] if piece else [])


def test_an_allowed_word_takes_back_what_is_found_inside_it():
    listed = ["*cunt*", WordEntry("Scunthorpe", Action.ALLOW)]
    assert pieces(listed, "Scunthorpe and SCUNTHORPE") == []
    assert pieces(listed, "Scunthorpe, cunts") == ["cunt"]
    assert pieces(listed, "Scunthorpes") == ["cunt"]
    assert pieces(["*ass*", WordEntry("a*t", Action.ALLOW)], "assistant, glass") == ["ass"]
    assert pieces(["*cunt*", WordEntry("scun*", Action.ALLOW)], "Scunthorpe") == []
    assert pieces(["*cunt*", WordEntry("*rpe", Action.ALLOW)], "Scunthorpe") == []
    assert pieces(["kill", WordEntry("kill bill", Action.ALLOW)], "Kill Bill, kill joy") == ["kill"]
    assert pieces([pattern("k.ll"), WordEntry("kill bill", Action.ALLOW)], "Kill Bill, kill joy") == ["kill"]


def test_an_allowed_word_has_its_accents():
    """Swedish `höra` is to hear, and `hora` is a slur."""
    listed = ["hora", WordEntry("höra", Action.ALLOW)]
    assert pieces(listed, "att höra") == []
    assert pieces(listed, "HÖRA, hora") == ["hora"]


def test_a_pattern_is_found_in_any_case_and_disguise():
    listed = [pattern(r"\b(naked|nude).{0,10}\bkid")]
    assert pieces(listed, "a NUDE young kid") == ["NUDE young kid"]
    assert pieces(listed, "a nudе kíd") == ["nudе kíd"]
    assert pieces(listed, "a nu\u200bde kid") == ["nu\u200bde kid"]
    assert pieces(listed, "kid, nude") == []


def test_of_many_patterns_each_is_found():
    listed = [pattern(f"thing{n}x") for n in range(MOST_PATTERNS)]
    assert pieces(listed, "a thing7x and thing999x") == ["thing7x", "thing999x"]
    assert pieces([pattern("[0-9]{3}$"), pattern("(")], "now 123") == ["123"]


def test_the_surest_finding_comes_first():
    matcher = Matcher([WordEntry("nude", Action.REVIEW), WordEntry("slut")])
    assert [(hit.entry.text, hit.how, hit.action) for hit in matcher.find(Prompt("5lut nude nudе"))] == [
        ("slut", How.PERHAPS, Action.REVIEW),
        ("nude", How.AS_WRITTEN, Action.REVIEW),
        ("nude", How.LOOKS_ALIKE, Action.REVIEW),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ProblemCode.NOT_A_WORD),
        ("\u200b", ProblemCode.NOT_A_WORD),
        ("w" * 101, ProblemCode.NOT_A_WORD),
        ("...", ProblemCode.WORD_TOO_BROAD),
        ("*", ProblemCode.WORD_TOO_BROAD),
        ("*a*", ProblemCode.WORD_TOO_BROAD),
        ("a*", ProblemCode.WORD_TOO_BROAD),
        ("** *", ProblemCode.WORD_TOO_BROAD),
    ],
)
def test_a_word_that_would_match_everything_or_nothing_is_refused(text, code):
    problem = read_entry(text, Action.REFUSE, EntryKind.WORD)
    assert isinstance(problem, Problem)
    assert problem.code is code


@pytest.mark.parametrize(
    ("text", "code", "part", "place"),
    [
        ("ab(c", ProblemCode.PATTERN_WRONG, "ab(c", 3),
        ("a[bc", ProblemCode.PATTERN_WRONG, "[bc", 2),
        (r"(\(a", ProblemCode.PATTERN_WRONG, r"(\(a", 1),
        ("no(?=look)", ProblemCode.PATTERN_WRONG, "(?=", 3),
        (r"(a)\1", ProblemCode.PATTERN_WRONG, r"\1", 4),
        ("[z-a]", ProblemCode.PATTERN_WRONG, "z-a", 2),
        ("a**", ProblemCode.PATTERN_WRONG, "**", 2),
        ("a{2000}", ProblemCode.PATTERN_WRONG, "{2000}", 2),
        ("(.{1,50}){20}", ProblemCode.PATTERN_TOO_LARGE, "", None),
        ("(.{1,50}){5}", ProblemCode.PATTERN_TOO_LARGE, "", None),
        ("a*", ProblemCode.PATTERN_MATCHES_NOTHING, "", None),
        ("", ProblemCode.NOT_A_PATTERN, "", 260),
        ("a" * 261, ProblemCode.NOT_A_PATTERN, "", 260),
    ],
)
def test_a_bad_pattern_is_refused_with_the_place_that_is_wrong(text, code, part, place):
    assert read_entry(text, Action.REFUSE, PATTERN) == Problem(code, part, place, word=text)


def test_a_pattern_cannot_allow():
    assert read_entry("a", Action.ALLOW, PATTERN) == Problem(ProblemCode.PATTERN_CANNOT_ALLOW, word="a")


def test_words_that_differ_in_case_only_are_one_entry():
    assert WordEntry("Höra!").key == WordEntry("ＨÖRA").key == "höra"
    assert WordEntry("hora").key != WordEntry("höra").key
    assert WordEntry("Cat*").key == "cat*"
    assert WordEntry("Cat*", kind=PATTERN).key == "Cat*"


@pytest.mark.parametrize(
    "text", ["a" * 30_000, "\ufdfa" * 2_000, "(a?){50}" * 200, "a" * 1_000 + "!" * 1_000, "aab" * 2_000]
)
def test_the_worst_prompts_and_patterns_are_read_in_linear_time(text):
    """A backtracking engine takes longer than the universe for `(a+)+$`."""
    entries = [pattern("(a+)+$"), pattern("(a|a)*b{20}"), WordEntry("a*b*a*c"), WordEntry("*aaaa*"), WordEntry("*aab*")]
    facts = ServerLists(1, entries).judge(text)
    assert facts.is_cut == (len(text) > LONGEST_READING or text[0] == "\ufdfa")


def test_a_word_that_is_there_thousands_of_times_is_kept_five_times():
    nested = [WordEntry(f"*{'a' * n}*") for n in range(2, 60)]
    for text in ("a" * 2_000, "\u0430" * 1_000):
        assert len(Matcher(nested).find(Prompt(text))) == 58 * 5


def test_a_row_of_allowed_words_hides_no_other():
    listed = ["*cunt*", WordEntry("Scunthorpe", Action.ALLOW)]
    assert pieces(listed, "Scunthorpe " * 100 + "cunt") == ["cunt"]


def test_a_rule_of_automod_holds_outside_of_its_exemptions():
    rule = AutoModRule(
        *(1, "Bad words", ("nude*",), ("k.ll",), ("nudelsuppe",)),
        exempt_roles=frozenset({5}),
        exempt_channels=frozenset({6}),
    )
    assert from_raw_rule(to_raw_rule(rule)) == rule
    facts = ServerLists(1, (), [rule]).judge("eine Nudelsuppe, nudes, kill, nud3s")

    def holds(channel, role):
        return [hit.piece for hit in facts.of_automod(frozenset({channel}), frozenset({role}))]

    assert holds(1, 1) == ["nude", "kill"]
    assert holds(6, 1) == holds(1, 5) == []
    assert facts.hits == []


def test_patterns_that_only_rust_reads_are_named():
    rule = AutoModRule(1, "x", patterns=("ok", r"(?x) a # comment", r"[\w&&[^a]]+", "("))
    assert "(" in rule.unreadable_patterns()
    assert "ok" not in rule.unreadable_patterns()
    assert [hit.piece for _ in (1,) for hit in ServerLists(1, (), [rule]).judge("an ok one").by_automod[0:0]] == []
    assert [each.hit.piece for each in ServerLists(1, (), [rule]).judge("an ok one").by_automod] == ["ok"]
