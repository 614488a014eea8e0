"""`/remix` with real photos: acknowledged privately at once, cleaned, sent, and the result posted as a card."""

from io import BytesIO

import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

METADATA = ("exif", "xmp", "comment", "XML:com.adobe.xmp", "photoshop")
WRITTEN_BY_CAMERAS = (b"Exif\x00\x00", b"Canon", b"iPhone", b"xpacket")


def as_shown(data: bytes) -> Image.Image:
    """The picture as its owner sees it."""
    pillow_heif.register_heif_opener()
    with Image.open(BytesIO(data)) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def as_stored(data: bytes) -> Image.Image:
    """The picture as a program sees it that knows nothing of orientation."""
    with Image.open(BytesIO(data)) as image:
        assert [name for name in METADATA if name in image.info] == []
        return image.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """0 for the same picture, 255 for black against white."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


async def test_a_picked_photo_becomes_a_card_with_an_attached_picture(world, horse):
    result = await world.remix(world.mia, horse, "as a watercolour", weight=60)

    card = await world.card()
    assert card.files == ["remix-1-1.png"]
    assert card.pictures[0].size == (256, 211)
    assert await world.told(result, "**Done.**") == (
        "**Done.** [Go to the result]"
        f"(https://discord.com/channels/{world.server.id}/{world.channel.id}/{card.stored.id})"
    )
    assert len(world.cards()) == 1


async def test_the_first_thing_discord_hears_is_a_private_acknowledgement(world, horse):
    heard_before = len(world.discord.backend.http_requests)

    result = await world.remix(world.mia, horse)
    await world.told(result, "**Done.**")

    first = world.discord.backend.http_requests[heard_before]
    assert first.path.endswith("/callback")
    assert first.json == {"type": 5, "data": {"flags": 64}}
    assert result.ephemeral
    assert result.followups == []


async def test_what_was_asked_for_reaches_ideogram_and_nothing_else(world, horse):
    await world.remix(world.mia, horse, "as a woodcut", weight=35, speed="TURBO", copyright_check=True)
    await world.card()

    (call,) = world.ideogram.calls
    assert call.fields == {
        "text_prompt": "as a woodcut",
        "image_weight": "35",
        "rendering_speed": "TURBO",
        "enable_copyright_detection": "true",
    }


async def test_weight_and_resolution_left_out_are_left_to_ideogram(world, horse):
    card = await world.make(world.mia, horse, "as a woodcut")

    (call,) = world.ideogram.calls
    assert call.fields == {"text_prompt": "as a woodcut", "rendering_speed": "DEFAULT"}
    assert card.small[0].startswith("Weight automatic · 256×211 · Default")


@pytest.mark.parametrize("photo", ["plumeria", "pug", "heather", "horse"])
async def test_a_real_photo_reaches_ideogram_upright_and_without_its_metadata(world, request, photo):
    name, data = request.getfixturevalue(photo)

    await world.make(world.mia, (name, data))

    sent = world.sent_picture()
    assert as_stored(sent).size == as_shown(data).size
    assert difference(as_stored(sent), as_shown(data)) < 4
    assert [words for words in WRITTEN_BY_CAMERAS if words in sent] == []


async def test_a_photo_of_many_megabytes_is_sent_with_every_pixel_because_the_api_takes_it(world):
    file = BytesIO()
    Image.effect_noise((4400, 2600), 100).save(file, "PNG", compress_level=1)
    assert 10_000_000 < len(file.getvalue()) < 25_000_000

    await world.make(world.mia, ("noise.png", file.getvalue()))

    assert as_stored(world.sent_picture()).tobytes() == as_stored(file.getvalue()).tobytes()


async def test_a_photo_over_the_apis_limit_is_brought_under_it(make_world):
    world = await make_world(ideogram_max_upload_mb=1)
    file = BytesIO()
    Image.effect_noise((1300, 1100), 100).save(file, "PNG")
    assert len(file.getvalue()) > 1_200_000

    await world.make(world.mia, ("noise.png", file.getvalue()))

    sent = world.sent_picture()
    assert len(sent) <= 1_000_000
    assert abs(as_stored(sent).width / as_stored(sent).height - 1300 / 1100) < 0.01
