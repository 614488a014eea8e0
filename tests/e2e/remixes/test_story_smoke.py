"""`remix-bot demo --smoke`: one remix without keys and without a network."""

import pytest
from PIL import Image

from bot.demo import smoke
from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.smoke import SmokeFailedError, make_one_remix, read_source


async def test_the_smoke_makes_one_remix_of_the_sample_and_tells_what_happens(tmp_path):
    told = []

    written = await make_one_remix(
        read_source(None), prompt="as a watercolour", weight=60, out=tmp_path / "out", report=told.append
    )

    with Image.open(written) as picture:
        assert picture.format == "PNG"
    assert written.parent == tmp_path / "out"
    assert "/remix, /my-remixes" in told[0]
    assert told[1] == "/remix image:sample.jpg prompt:as a watercolour weight:60"
    assert str(written) in told[-1]


async def test_the_smoke_takes_a_photo_of_ones_own(tmp_path, pug):
    photo = tmp_path / pug[0]
    photo.write_bytes(pug[1])

    written = await make_one_remix(read_source(photo), prompt="in fog", weight=90, out=tmp_path, report=lambda _: None)

    with Image.open(written) as picture:
        assert picture.width > picture.height


async def test_a_smoke_without_a_result_fails_with_the_bots_last_words(tmp_path, horse, monkeypatch):
    monkeypatch.setattr(smoke, "_WITHIN_S", 4.0)
    monkeypatch.setattr(smoke, "IdeogramStandIn", lambda **options: IdeogramStandIn(**options, always="422-prompt"))

    with pytest.raises(SmokeFailedError, match="refused the prompt"):
        await make_one_remix(horse, prompt="fog", weight=1, out=tmp_path, report=lambda _: None)
