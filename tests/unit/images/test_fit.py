"""fit_to_size: untouched where it fits, else the best that does."""

import pytest
from PIL import Image

from bot.images.errors import UnreadablePictureError
from bot.images.fit import fit_to_size
from bot.images.header import PictureFormat
from tests.unit.images.made_pictures import (
    PROFILE,
    assert_same_colours,
    corners,
    exif_with_orientation,
    file_of,
    noise,
    opened,
    photo,
)


@pytest.mark.parametrize("name", ["horse.png", "heather.webp", "plumeria-gps-rotated.jpg"])
def test_what_fits_passes_through_untouched(name):
    data = photo(name)

    fitted = fit_to_size(data, len(data))

    assert fitted.data is data
    assert not fitted.changed


def test_what_does_not_fit_becomes_webp_of_the_same_size_and_colours():
    data = file_of(noise((300, 200)).resize((600, 400)), "PNG", icc_profile=PROFILE)

    fitted = fit_to_size(data, len(data) - 1)

    assert fitted.changed
    assert (fitted.format, fitted.width, fitted.height) == (PictureFormat.WEBP, 600, 400)
    assert_same_colours(opened(fitted.data).info["icc_profile"], PROFILE)


@pytest.mark.parametrize("share", [2, 4, 10, 40])
def test_the_result_always_fits_and_keeps_its_shape(share):
    data = file_of(noise((600, 300)), "PNG")

    fitted = fit_to_size(data, len(data) // share)

    assert len(fitted.data) <= len(data) // share
    assert opened(fitted.data).size == (fitted.width, fitted.height)
    assert fitted.width / fitted.height == pytest.approx(2, rel=0.03)


def test_quality_is_given_up_before_pixels():
    data = file_of(noise((600, 300)), "PNG")
    best = fit_to_size(data, len(data) - 1)

    lower = fit_to_size(data, len(best.data) - 1)

    assert (lower.width, lower.height) == (600, 300)
    assert len(lower.data) < len(best.data)


def test_a_photo_is_not_made_much_smaller_than_needed():
    data = photo("heather.webp")
    with_room = file_of(opened(data).resize((1200, 900)), "PNG")

    fitted = fit_to_size(with_room, 20_000)

    assert 18_000 < len(fitted.data) <= 20_000


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixels_can_be_fitted(mode):
    data = file_of(noise((200, 100)).convert("L" if mode == "I;16" else mode).convert(mode), "PNG")

    assert len(fit_to_size(data, 2000).data) <= 2000


def test_a_turned_picture_is_fitted_upright():
    data = file_of(corners((600, 400)), "JPEG", quality=100, exif=b"Exif\x00\x00" + exif_with_orientation(6))

    fitted = fit_to_size(data, 2000)

    assert fitted.width < fitted.height
    assert opened(fitted.data).getexif().get(274) is None


@pytest.mark.parametrize("data", [b"", b"<html>502 Bad Gateway</html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_raises_even_if_it_would_fit(data):
    with pytest.raises(UnreadablePictureError):
        fit_to_size(data, 10_000)


def test_a_truncated_picture_that_must_be_encoded_anew_raises():
    data = file_of(noise((300, 200)), "PNG")

    with pytest.raises(UnreadablePictureError):
        fit_to_size(data[: len(data) // 2], 10_000)


def test_a_limit_that_holds_no_picture_is_the_callers_mistake():
    with pytest.raises(ValueError, match="1024"):
        fit_to_size(file_of(noise((300, 200)), "PNG"), 100)


def test_sides_longer_than_webp_can_have_are_scaled():
    long = Image.new("L", (20_000, 60))
    long.paste(Image.effect_noise((20_000, 60), 90))

    fitted = fit_to_size(file_of(long, "PNG"), 300_000)

    assert fitted.width <= 16383
