"""A refusal in the browser: one click or one word goes on with what was typed, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PHONE

PROMPT = "a red fox in the snow"
COOLDOWN_S = "20"
"""Long enough to ask twice within it: on a busy machine a remix is seen after 8 s."""


@pytest.mark.parametrize("size", [PHONE])
def test_what_is_refused_for_the_cooldown_starts_when_ready(visit, size):
    mia = visit("--latency", "0.2", "--cooldown", COOLDOWN_S, size=size)
    mia.remix("the first")
    expect(mia.cards).to_have_count(1)
    mia.remix(PROMPT)
    refusal = mia.private.last
    expect(refusal).to_contain_text("You can start your next remix")
    for name in ("Start when ready", "Edit and retry"):
        expect(refusal.get_by_role("button", name=name)).to_be_visible()

    mia.press_on(refusal, "Start when ready")

    expect(mia.private.last).to_contain_text("when your cooldown is over")
    expect(mia.cards).to_have_count(2, timeout=60_000)
    expect(mia.cards.last).to_contain_text(PROMPT)
    assert mia.complaints == []


def test_a_refused_prompt_is_changed_in_the_form(visit):
    mia = visit("--latency", "0.2", "--cooldown", "0", "--fail", "422-prompt", size=PHONE)
    mia.remix(PROMPT)
    failure = mia.private.last
    expect(failure.get_by_role("button", name="Edit and retry")).to_be_visible()
    mia.press_on(failure, "Edit and retry")
    expect(mia.form_field("Prompt")).to_have_value(PROMPT)
    assert mia.complaints == []
