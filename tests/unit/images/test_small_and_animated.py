"""Pictures too small to make anything of are refused; of an animation the first frame is used, and it is said."""

from dataclasses import replace
from io import BytesIO

import pytest
from made_pictures import LIMITS
from PIL import Image

from bot.images.animations import is_animated
from bot.images.formats import PictureFormat
from bot.images.prepare import prepare_source
from bot.rules.refusals import Reason, Refused

REAL_LIMITS = replace(LIMITS, min_side=64)


def file(format_, size=(80, 70), frames=1):
    pictures = [Image.new("RGB", size, (60 * number, 90, 30)) for number in range(frames)]
    out = BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(out, format_, **more)
    return out.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (63, 500), (500, 63)])
@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_side_under_64_pixels_is_refused(format_, size):
    assert prepare_source(file(format_, size), REAL_LIMITS) == Refused(Reason.PICTURE_TOO_SMALL, limit=64)


def test_64_pixels_a_side_are_enough():
    assert prepare_source(file("PNG", (64, 64)), REAL_LIMITS).width == 64


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "GIF", "AVIF"])
def test_an_animation_is_recognized_and_a_still_picture_is_none(format_):
    moving, still = file(format_, frames=3), file(format_)
    assert prepare_source(moving, REAL_LIMITS).was_animated
    assert not prepare_source(still, REAL_LIMITS).was_animated


@pytest.mark.parametrize("format_", PictureFormat)
def test_no_bytes_at_all_fail_the_question(format_):
    for data in (b"", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X", bytes(30)):
        assert is_animated(data, format_) is False
