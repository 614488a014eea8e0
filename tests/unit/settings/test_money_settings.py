"""The settings about money: budgets are read exactly, what would refuse everybody is refused, and which API pays."""

import pytest

from bot.rules.budgets import Period
from bot.rules.generations import IdeogramApi
from bot.settings.settings import Settings, SettingsError, load_settings


@pytest.fixture
def given(monkeypatch):
    """Loads these settings and the two that are required."""

    def load(**values: str) -> Settings:
        for name, value in {"DISCORD_TOKEN": "made-up-1", "IDEOGRAM_API_KEY": "made-up-2", **values}.items():
            monkeypatch.setenv(name, value)
        return load_settings(None)

    return load


def wrong(given, **values: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        given(**values)
    return caught.value.lines


@pytest.mark.parametrize(("text", "micros"), [("5", 5_000_000), ("2.50", 2_500_000), (" $0.1 ", 100_000)])
def test_a_budget_is_read_exactly(given, text, micros):
    settings = given(DAILY_BUDGET_USD=text, MONTHLY_BUDGET_USD=text)
    assert settings.daily_budget_usd == settings.monthly_budget_usd == micros


@pytest.mark.parametrize("text", ["0", "-5", "five", "nan", "inf", "0.0000001", "5,00", "1e40"])
def test_what_is_no_budget_is_refused(given, text):
    assert wrong(given, DAILY_BUDGET_USD=text) == (
        "DAILY_BUDGET_USD must be dollars above 0, such as 5 or 2.50, or none for no limit",
    )


def test_a_budget_under_which_no_remix_would_ever_fit_is_refused(given):
    assert wrong(given, MONTHLY_BUDGET_USD="0.05", BILLED_IMAGES_PER_CALL="2") == (
        "MONTHLY_BUDGET_USD must be at least 0.06, the cheapest remix",
    )
    assert given(MONTHLY_BUDGET_USD="0.06").monthly_budget_usd == 60_000


def test_where_nothing_is_said_spending_has_a_ceiling_and_none_takes_it_away(given):
    for said in ({}, {"DAILY_BUDGET_USD": "", "PERSON_DAILY_BUDGET_USD": " "}):
        settings = given(**said)
        assert settings.ceilings == {Period.DAY: 5_000_000}
        assert settings.person_ceilings == {Period.DAY: 2_000_000}
        assert settings.server_ceilings == {Period.DAY: 2_500_000}
    words = {"DAILY": "none", "MONTHLY": "None", "SERVER_DAILY": " NONE ", "PERSON_DAILY": "'none'"}
    settings = given(**{f"{name}_BUDGET_USD": word for name, word in words.items()})
    assert settings.ceilings == settings.server_ceilings == settings.person_ceilings == {}


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ({"DAILY_BUDGET_USD": "3"}, {Period.DAY: 1_500_000}),
        ({"DAILY_BUDGET_USD": "1.20"}, {Period.DAY: 1_000_000}),
        ({"DAILY_BUDGET_USD": "1"}, {}),
        ({"DAILY_BUDGET_USD": "none"}, {}),
        ({"ALLOWED_GUILD_IDS": "123456789012345678"}, {}),
        ({"SERVER_DAILY_BUDGET_USD": "none"}, {}),
        ({"SERVER_DAILY_BUDGET_USD": "4"}, {Period.DAY: 4_000_000}),
    ],
)
def test_where_all_servers_can_use_the_bot_none_spends_more_than_half_of_the_day(given, said, share):
    assert given(**said).server_ceilings == share


def test_one_server_and_one_person_have_ceilings_of_their_own(given):
    settings = given(SERVER_DAILY_BUDGET_USD="1.50", PERSON_DAILY_BUDGET_USD="0.5", MAX_QUEUED_PER_SERVER="40")
    assert settings.server_ceilings == {Period.DAY: 1_500_000}
    assert settings.person_ceilings == {Period.DAY: 500_000}
    assert settings.max_queued_per_server == 40
    assert given(MAX_QUEUED_PER_SERVER="None").max_queued_per_server == "none"
    for name in ("SERVER", "PERSON"):
        none = dict.fromkeys(("SERVER_DAILY_BUDGET_USD", "PERSON_DAILY_BUDGET_USD"), "none")
        assert wrong(given, **none | {f"{name}_DAILY_BUDGET_USD": "0.01"}) == (
            f"{name}_DAILY_BUDGET_USD must be at least 0.03, the cheapest remix",
        )
    given(**none)
    for text in ("0", "1.5", "-1", "many", "9" * 20):
        assert wrong(given, MAX_QUEUED_PER_SERVER=text) == (
            "MAX_QUEUED_PER_SERVER must be a whole number from 1 to 1000000, or none for no limit",
        )


def test_the_operators_channel_is_one_id(given):
    assert given(OPERATOR_CHANNEL_ID="123").operator_channel_id == 123
    for text in ("office", "1,2", "0"):
        (line,) = wrong(given, OPERATOR_CHANNEL_ID=text)
        assert line.startswith("OPERATOR_CHANNEL_ID must be")


def test_the_api_is_one_of_three_and_v1_where_nothing_is_said(given):
    assert given().ideogram_api is IdeogramApi.V1
    assert given(IDEOGRAM_API="V1-Async").ideogram_api is IdeogramApi.V1_ASYNC
    assert given(IDEOGRAM_API="v2").ideogram_api is IdeogramApi.V2
    assert wrong(given, IDEOGRAM_API="v3") == ('IDEOGRAM_API must be v1, v1-async or v2 (it is "v3")',)


@pytest.mark.parametrize(("api", "megabytes"), [("v1", 25), ("v1-async", 25), ("v2", 50)])
def test_a_picture_may_be_as_large_as_the_chosen_api_takes_it_unless_another_limit_is_set(given, api, megabytes):
    assert given(IDEOGRAM_API=api).ideogram_max_upload_mb == megabytes
    assert given(IDEOGRAM_API=api, IDEOGRAM_MAX_UPLOAD_MB="").ideogram_max_upload_mb == megabytes
    assert given(IDEOGRAM_API=api, IDEOGRAM_MAX_UPLOAD_MB="7").ideogram_max_upload_mb == 7


def test_a_misspelled_api_is_one_clear_line_and_none_about_what_depends_on_it(given):
    assert wrong(given, IDEOGRAM_API="v9") == ('IDEOGRAM_API must be v1, v1-async or v2 (it is "v9")',)
