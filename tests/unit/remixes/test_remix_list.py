"""A page of one's own remixes: which buttons each has, whose picture is shown, and that a message can hold it."""

import pytest
from made_jobs import job, post, result, status

from bot.discord_app.remixes.history.controls import CancelInList, OwnPageButton
from bot.discord_app.remixes.history.remix_list import LONGEST_TEXT, _picture_of, remix_list
from bot.rules.job_states import JobState
from bot.rules.pages import Cursor, Page
from bot.use_cases.remixes.job_status import OwnRemixes


def shown(*statuses, previous=None, following=None, removed=(), text="", pictured=()):
    return remix_list(OwnRemixes(Page(list(statuses), previous, following), removed), text, pictured)


def parts(component):
    yield component
    for inner in [*component.get("components", []), *filter(None, [component.get("accessory")])]:
        yield from parts(inner)


def all_parts(view):
    return [part for component in view.to_components() for part in parts(component)]


def names(view):
    return [part["custom_id"] for part in all_parts(view) if part["type"] == 2]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (job(), ["remix:list-cancel:7:0:", "remix:edit:7"]),
        (job(state=JobState.GENERATING), ["remix:edit:7"]),
        (job(state=JobState.GENERATED, due_at=None), ["remix:collect:7", "remix:again:7", "remix:edit:7"]),
        (job(state=JobState.GENERATED, due_at=None, lease="x"), ["remix:again:7", "remix:edit:7"]),
        (job(state=JobState.DELIVERED), ["remix:again:7", "remix:edit:7"]),
        (job(state=JobState.DELIVERED, source_hash=None), []),
        (job(state=JobState.CANCELLED, prompt=""), []),
    ],
)
def test_the_list_offers_what_can_be_done_now(of, expected):
    assert names(shown(status(of, posts=[post()]))) == expected


def test_the_fullest_page_stays_within_discords_limits():
    kept = [job(id=10**17 + n, prompt="*" * 6000, state=JobState.GENERATED, due_at=None) for n in range(5)]
    text = "x" * LONGEST_TEXT
    at = Cursor(10**17, back=True)
    view = shown(*map(status, kept), previous=at, following=at, text=text, pictured=[each.id for each in kept])
    waiting = shown(status(job(id=10**17)), text=text)
    assert len(all_parts(view)) == 40
    assert view.content_length() <= 4000
    assert max(map(len, [*names(view), *names(waiting)])) <= 100


def test_the_buttons_are_found_by_what_they_carry():
    view = shown(status(job()), following=Cursor(7), text="A fox: red")
    cancel, _, following = names(view)
    assert CancelInList.__discord_ui_compiled_template__.fullmatch(cancel)["text"] == "A fox: red"
    assert OwnPageButton.__discord_ui_compiled_template__.fullmatch(following)["wanted"] == "A fox: red"


def test_the_picture_is_the_result_or_the_authors_own_source():
    assert _picture_of(status(job(), results=[result(hash="ef" * 32)])) == "ef" * 32
    assert _picture_of(status(job())) == "ab" * 32
    assert _picture_of(status(job(root_id=3))) is None


def test_a_picture_behind_a_spoiler_stays_behind_it():
    (thumbnail,) = [part for part in all_parts(shown(status(job(hidden=True)), pictured=[7])) if part["type"] == 11]
    assert thumbnail["spoiler"]
    assert "fox" not in thumbnail["description"]


def test_an_empty_list_says_how_to_begin_or_what_was_looked_for():
    assert "made a remix in this server yet" in str(shown().to_components())
    assert "\N{LEFT DOUBLE QUOTATION MARK}fox\N{RIGHT DOUBLE QUOTATION MARK}" in str(shown(text="fox").to_components())
