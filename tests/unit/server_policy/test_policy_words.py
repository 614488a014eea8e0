"""Every field and every problem has its words, which name what an admin typed and are harmless whatever that was."""

from datetime import UTC, datetime

import pytest

from bot.discord_app.kit import policy_words
from bot.discord_app.server_policy import help_words, words
from bot.discord_app.server_policy.panel import FORMS
from bot.rules.limits import Limits, MemberUsage
from bot.rules.policies import NO_POLICY
from bot.rules.policy_cases import PlanChange, RemixesGranted
from bot.rules.policy_fields import FIELDS, PolicyChange, change, find
from bot.rules.policy_file import read_file
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.prices import Speed
from bot.storage.remixes.quotas import Grant
from bot.use_cases.server_policy.member_allowance import MemberAllowance
from tests.unit.rules.test_policy_fields import BOUNDS, PLACES, READ, REFUSED


def test_every_field_has_its_words_and_says_what_applies_while_it_is_unset():
    assert {field.name for field in FIELDS} == set(policy_words.FIELDS)
    shown = {field.name: policy_words.applies(field, NO_POLICY, BOUNDS) for field in FIELDS}
    assert all(shown.values())
    assert (shown["cooldown"], shown["queue-limit"], shown["keep-pictures"]) == ("30s", "3", "30d")
    assert (shown["daily-budget"], shown["monthly-budget"]) == ("my operator's $10.00", "no limit")


@pytest.mark.parametrize("name", READ)
def test_a_value_of_the_server_is_shown_as_it_can_be_typed(name):
    field = find(name)
    policy = change(NO_POLICY, {name: READ[name][0][0]}, BOUNDS).policy
    assert policy_words.applies(field, policy, BOUNDS) == field.write(policy)


def test_every_field_is_in_one_form_or_menu_and_no_form_has_more_than_discord_takes():
    assert all(1 <= len(form.fields) <= 5 for form in FORMS.values())
    typed = [field.name for form in FORMS.values() for field in form.fields]
    assert len(typed) == len(set(typed))
    assert set(words.FORMS) <= set(FORMS)


@pytest.mark.parametrize("code", ProblemCode)
def test_every_problem_is_a_sentence(code):
    text = policy_words.problem(Problem(code, "cooldown", 30, [5]))
    assert text.endswith(".")
    assert "{" not in text
    assert policy_words.problem(Problem(code, "cooldown", 30, [5], role_id=7)).count("`7`") == 1


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in REFUSED.items() for text in texts])
def test_a_problem_begins_with_the_name_of_the_setting(name, text):
    (problem,) = change(NO_POLICY, {name: text}, BOUNDS, PLACES).found
    line = policy_words.problem(problem)
    assert line.startswith(f"`{name}` ")
    assert line.endswith(".")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("cooldown", "10s", "`cooldown` can't be below 30s, my operator's minimum."),
        ("queue-limit", "4", "`queue-limit` can't be above 3, my operator's maximum."),
        ("daily-budget", "11", "`daily-budget` can't be above $10.00, my operator's maximum."),
        ("monthly-budget", "0.01", "`monthly-budget` must be at least $0.03, the price of the cheapest remix."),
        ("keep-pictures", "31d", "`keep-pictures` can't be above 30d, my operator's maximum."),
        ("log-channel", "<#99>", "`log-channel` has ids that aren't in this server: `99`."),
        ("nonsense", "1", "`nonsense` isn't a server setting."),
        ("@everyone `x` {0}", "1", "`@everyone x {0}` isn't a server setting."),
        ("``", "1", "`?` isn't a server setting."),
        ("ü" * 90, "1", f"`{'ü' * 39}…` isn't a server setting."),
    ],
)
def test_a_problem_says_what_is_wrong_with_what_was_typed(name, text, why):
    (problem,) = change(NO_POLICY, {name: text}, BOUNDS, PLACES).found
    assert policy_words.problem(problem) == why


def test_every_problem_has_its_line_but_no_more_than_people_read():
    many = words.problems(Problems([Problem(ProblemCode.NO_SUCH_FIELD, f"name {number}") for number in range(40)]))
    assert (many.count("\n"), many.splitlines()[-1]) == (16, "- And 25 more.")


def test_problems_of_a_hostile_file_stay_in_code_spans():
    text = words.problems(read_file(b'{"settings": {"@everyone `**x**` \\n# x": 1}}'))
    assert text.splitlines()[1] == "- `@everyone **x** # x` isn't a server setting."


def test_a_change_shows_channels_and_roles_as_mentions_and_the_first_of_many():
    assert policy_words.change(PolicyChange("cooldown", 0, 300)) == "cooldown: 0s → 5m"
    assert policy_words.change(PolicyChange("log-channel", None, 5)) == "log-channel: default → <#5>"
    many = policy_words.change(PolicyChange("roles", [5], [1, 2, 3, 4, 5]))
    assert many == "roles: <@&5> → <@&1>, <@&2>, <@&3> and 2 more"
    assert "<@1>" not in policy_words.change(PolicyChange("of-a-later-version", None, ["<@1>"]))
    plan = PlanChange(7, None, {"cooldown": 60, "daily-quota": 5})
    assert policy_words.change(plan) == "Plan for <@&7>: none → cooldown 1m, daily-quota 5"
    assert policy_words.change(RemixesGranted(1, 0)) == "1 extra remix"


def test_extra_remixes_end_at_a_date():
    ends_at = datetime(2026, 5, 8, tzinfo=UTC)
    limits = Limits(BOUNDS.limits.cooldown, 3, 500)
    grant = Grant(**{**dict.fromkeys(Grant.__dataclass_fields__, 0), "remixes": 5, "ends_at": ends_at})
    allowance = MemberAllowance(None, NO_POLICY, limits, MemberUsage(None, 0, 0), [grant])
    prices = dict.fromkeys(Speed, 30_000)
    assert f"- **Extra remixes:** 5 until <t:{int(ends_at.timestamp())}:f>" in help_words.limits(allowance, prices)
