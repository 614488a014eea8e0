"""The operator's sentences: every code has its own, in Discord and on the command line, and none says too much."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli import parked as command_line
from bot.discord_app.operator import words
from bot.discord_app.server_log.words import log_problem
from bot.discord_app.usage.words import OUTCOMES
from bot.ideogram.lifecycle import Lifecycle
from bot.rules.budgets import BudgetWarning, Period
from bot.rules.failures import ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.log_problems import LogProblem
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.usage import Outcome
from bot.storage.remixes.holds import Hold
from bot.use_cases.operator.decide_parked import NotDecided
from bot.use_cases.operator.pause_queue import Resumed
from tests.unit.remixes.made_jobs import NOW, job


@pytest.mark.parametrize("decision", ParkedDecision)
def test_every_decision_has_words_for_the_operator_and_the_author(decision):
    assert "`7`" in words.decided(7, decision)
    assert words.author_notice(job(user_id=5), decision, counted=False).startswith("<@5>")
    assert "doesn't count" not in words.author_notice(job(user_id=5), decision, counted=True)
    assert "7" in command_line._DECIDED[decision].format(job=7)


@pytest.mark.parametrize("reason", NotDecided)
def test_every_reason_against_a_decision_has_words(reason):
    assert "`7`" in words.not_decided(7, reason)
    assert "7" in command_line._NOT_DECIDED[reason].format(job=7)


@pytest.mark.parametrize("problem", LogProblem)
def test_every_problem_of_a_log_channel_has_words(problem):
    assert "<#8>" in log_problem(problem, 8)


def test_resume_says_what_it_ended_and_whether_a_remix_tries():
    assert words.resumed(Resumed(paused=False, held=False)) == "Nothing was paused."
    assert words.resumed(Resumed(paused=True, held=False)).startswith("**Resumed.**")
    both = words.resumed(Resumed(paused=True, held=True)).split("\n")
    assert (both[0], both[1]) == (
        words.resumed(Resumed(paused=True, held=False)),
        words.resumed(Resumed(paused=False, held=True)),
    )
    assert "let one remix" in both[1]


def test_status_names_the_refused_host_and_the_setting_and_promises_no_time():
    host = Hold(None, None, None, "images.example.com")
    assert "`images.example.com`" in words._hold(host)
    assert "`IDEOGRAM_IMAGE_HOSTS`" in words._hold(host)
    assert "<t:" not in words._hold(host)
    assert "<t:" in words._hold(replace(host, next_trial_at=NOW))
    assert words._hold(Hold(ProviderProblem.KEY_REJECTED, NOW, None)).startswith(
        "**Ideogram isn't accepting requests**"
    )


def test_every_outcome_has_words():
    assert set(OUTCOMES) == set(Outcome)


@pytest.mark.parametrize("period", Period)
@pytest.mark.parametrize("percent", [50, 80, 100])
def test_a_budget_warning_says_how_much_and_at_what_moment_it_resets(period, percent):
    warning = BudgetWarning(period, percent, 4_000_000, 5_000_000, NOW + timedelta(days=3))
    text = words.budget_warning(warning)
    assert "$4.00 of $5.00" in text
    assert ":f>" in text


@pytest.mark.parametrize(
    ("lifecycle", "parts"),
    [
        (Lifecycle(is_deprecated=True), ("(`v1`). It still works.",)),
        (
            Lifecycle(is_deprecated=True, deprecated_since=NOW, successor="https://developer.ideogram.ai/x"),
            ("(`v1`) since <t:", ". Its successor: <https://developer.ideogram.ai/x>. It still works."),
        ),
    ],
)
def test_a_deprecation_names_the_api_the_time_the_successor_and_what_to_do(lifecycle, parts):
    text = words.deprecation(IdeogramApi.V1, lifecycle)
    assert [part for part in (*parts, "`IDEOGRAM_API`") if part not in text] == []
