"""What a moderator may give for a remix."""

import pytest

from bot.discord_app.moderation.remix_reference import read_reference
from bot.use_cases.moderation.find_remix import RemixReference

HERE = 1_300_000_000_000_000_011
MESSAGE = 1_300_000_000_000_000_500


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("17", RemixReference(job_id=17)),
        (" #17 ", RemixReference(job_id=17)),
        (str(MESSAGE), RemixReference(message_id=MESSAGE)),
        (f"https://discord.com/channels/{HERE}/22/{MESSAGE}", RemixReference(message_id=MESSAGE)),
        (f"<https://ptb.discord.com/channels/{HERE}/22/{MESSAGE}>", RemixReference(message_id=MESSAGE)),
        (f"https://discordapp.com/channels/{HERE}/22/{MESSAGE}", RemixReference(message_id=MESSAGE)),
        (f"https://discord.com/channels/12/22/{MESSAGE}", None),
        (f"https://discord.example/channels/{HERE}/22/{MESSAGE}", None),
        (f"https://discord.com/channels/@me/22/{MESSAGE}", None),
        ("99999999999999999999", None),
        (f"https://discord.com/channels/{HERE}/22/99999999999999999999", None),
        ("", None),
        ("seventeen", None),
        ("-1", None),
    ],
)
def test_read(text, reference):
    assert read_reference(text, HERE) == reference
