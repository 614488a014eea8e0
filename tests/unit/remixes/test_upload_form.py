"""What a submitted form says that it uploaded: anybody can forge it."""

from types import SimpleNamespace

import pytest

from bot.discord_app.remixes.forms.upload_form import _uploaded

PAYLOAD = {"id": "7", "filename": "horse.png", "size": 3, "url": "https://cdn.discordapp.com/x", "proxy_url": "x"}


@pytest.mark.parametrize("data", [None, {}, {"resolved": {}}, {"resolved": {"attachments": {"8": PAYLOAD}}}])
def test_without_its_file_there_is_no_picture(data):
    assert _uploaded(SimpleNamespace(data=data, _state=None), "7") is None


def test_the_file_is_the_one_that_the_field_names():
    data = {"resolved": {"attachments": {"7": PAYLOAD, "8": PAYLOAD | {"filename": "other.png"}}}}
    assert _uploaded(SimpleNamespace(data=data, _state=SimpleNamespace(http=None)), "7").filename == "horse.png"
