"""Since when the bot is connected, or is not."""

from datetime import UTC, datetime, timedelta

from bot.discord_app.gateway_state import GatewayState

START = datetime(2026, 5, 1, tzinfo=UTC)


def test_the_first_of_several_signs_counts_and_each_change_is_told_once():
    now, heard = [START], []
    gateway = GatewayState(clock=lambda: now[0])
    gateway.on_change.append(lambda: heard.append((gateway.since, gateway.away_since)))
    gateway.lost()
    for minutes, sign in enumerate(
        (gateway.connected, gateway.connected, gateway.lost, gateway.lost, gateway.connected)
    ):
        now[0] = START + timedelta(minutes=minutes)
        sign()
    assert heard == [
        (START, None),
        (None, START + timedelta(minutes=2)),
        (START + timedelta(minutes=4), None),
    ]
