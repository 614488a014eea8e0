"""A removed picture, from the moderator who removes it to the member who reads that it can't be used."""

import pytest
from PIL import Image

from bot.rules.cases import CaseKind
from bot.storage.standing import pictures
from tests.bench.look_alikes import encoded
from tests.e2e.admins import Admins
from tests.e2e.moderators import Desk
from tests.unit.images.made_pictures import opened

REFUSED = "This picture, or one very much like it, was removed in this server or isn't allowed here"


@pytest.fixture
async def admins(hasty_world):
    return Admins(hasty_world)


def mirrored(horse):
    _name, data = horse
    return "mirrored.jpg", encoded(opened(data).convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT), quality=60)


def listed(world):
    return world.app.core.database.transaction_now(pictures.newest, world.server.id, 100)


async def until_known(world):
    await world.until(lambda: all(each.has_prints for each in listed(world)), "the fingerprints")


async def removed(admins, desk, horse):
    """The picture and its result are on the list."""
    await admins.world.make(admins.world.mia, horse)
    await desk.press("remove", remix="1", reason="gore")
    await until_known(admins.world)


async def test_a_removed_picture_cannot_be_sent_again_not_even_mirrored(admins, horse, plumeria):
    world, desk = admins.world, Desk(admins.world)
    await removed(admins, desk, horse)
    for picture in (horse, mirrored(horse)):
        result = await world.remix(world.ben, picture)
        await world.told(result, REFUSED)
        assert result.ephemeral
    assert len(world.ideogram.calls) == 1
    await world.make(world.ben, plumeria)

    told = await admins.told("pictures")
    assert "**2 pictures aren't allowed here.**" in told
    assert "source of a removed result (remix `1`) " in told
    assert f"by <@{desk.maud.id}>, case 1: gore" in told
    assert "removed result (remix `1`)" in told


async def test_a_moderator_tries_a_picture_and_an_admin_takes_it_off_and_undoes_that(admins, horse):
    world, desk = admins.world, Desk(admins.world)
    assert "Nothing on the lists looks like this picture" in await desk.press("test picture", picture=horse)
    await removed(admins, desk, horse)
    told = await desk.press("test picture", picture=mirrored(horse))
    assert "**A member's remix of this picture is refused.** They read:" in told
    assert "source of a removed result (remix `1`)" in told
    assert "found at `strict` and wider" in told
    (source,) = [each.number for each in listed(world) if each.because == "removed_source"]

    (made,) = [each.number for each in listed(world) if each.because == "removed_result"]
    assert f"number `{made}` taken off the list. Case 2." in await admins.told("picture-remove", number=made)
    last = await admins.press("picture-remove", number=source)
    await world.make(world.ben, horse)
    assert "No picture on the list has that number" in await admins.told("picture-remove", number=source)
    undone = await admins.anna.click(last.response, label="Undo")
    await world.told(undone, "is undone")
    assert [case.kind for case in admins.cases] == [*[CaseKind.PICTURES] * 3, CaseKind.REMOVE]
    result = await world.remix(world.ben, mirrored(horse))
    await world.told(result, REFUSED)


async def test_admins_list_a_picture_or_the_pictures_of_a_remix_and_set_how_alike_they_must_be(admins, horse, plumeria):
    world = admins.world
    assert "Attach a picture, or name a remix" in await admins.told("picture-add")
    assert "Pictures: number `1` put on the list. Case 1." in await admins.told(
        "picture-add", picture=horse, reason="a logo"
    )
    await world.told(await world.remix(world.mia, mirrored(horse)), REFUSED)
    card = await world.make(world.mia, plumeria)
    assert "Pictures: number `2` put on the list. Case 2." in await admins.told("picture-add", remix="1")
    form = await world.open_form(world.ben, card, "Remix this")
    await until_known(world)
    await world.told(await world.submit_form(world.ben, form, prompt="in oil"), REFUSED)

    assert "`picture-memory` is now **off** (before: near)" in await admins.set("picture-memory", "off")
    assert "`picture-memory` is off" in await admins.told("pictures")
    assert "`picture-memory` is off" in await admins.told("panel")
    await world.make(world.mia, horse)


async def test_what_is_no_picture_is_not_listed(admins):
    told = await admins.told("picture-add", picture=("notes.png", b"no picture"))
    assert "That isn't a picture I can read" in told
    assert listed(admins.world) == []
