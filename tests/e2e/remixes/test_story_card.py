"""The card of a result: whose it is, what was asked for, and that nothing in it can do harm."""

import re

import pytest

from bot.demo.ideogram_stand_in import Fault

LIVE_SIGN = re.compile(r"(?<!\\)(?:\\\\)*[`*_~|<>#@:/\[\]()]")
"""A sign of Discord's markdown, mentions or links that no backslash has made harmless."""

TRICKS = [
    "two\nlines\r\n\r\n# and a heading",
    "line\u2028separator\u2029paragraph\x0b\x0c\x85end",
    "> nested >>> quotes",
    "-# small print",
    "```py\ncode\n```",
    "`code` *bold* __under__ ~~struck~~ ||hidden||",
    "[free nitro](https://evil.example/x)",
    "https://evil.example www.evil.example discord.gg/evil",
    "<https://evil.example>",
    "<:emoji:123456789012345678> :smile: <a:b:123456789012345678>",
    "</remix:123456789012345678> <#123456789012345678> <id:guide>",
    "<t:0:R> <t:0>",
    "\\*not escaped\\*\\",
    "left \u202e to right \u2066 isolates \u200f",
    "z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c tower",
]


def shown(quoted: str) -> str:
    """What a reader sees of an escaped line."""
    return re.sub(r"\\(.)", r"\1", quoted.removeprefix("> "))


async def test_the_card_names_its_author_and_says_what_was_asked_for(world, heather):
    card = await world.make(world.mia, heather, "a heath in autumn", weight=60, resolution="2304x1728", speed="QUALITY")

    assert card.lines[0] == world.mia.mention
    assert card.quoted == "> a heath in autumn"
    assert re.fullmatch(r"Weight 60 · 256×192 · Quality", card.small[0])
    assert len(card.lines) == 3


async def test_the_author_is_the_only_one_notified_whatever_the_prompt_says(world, horse):
    everybody = world.server.create_role("everybody here", mentionable=True)
    prompt = f"@everyone @here {world.ben.mention} {everybody.mention} <@!{world.rosa.id}>"

    card = await world.make(world.mia, horse, prompt)

    assert card.notified == [world.mia.id]
    assert not card.stored.mention_everyone
    sent = [call.json for call in world.discord.backend.http_requests if call.path.endswith("/messages")]
    assert [body["allowed_mentions"] for body in sent] == [{"parse": [], "users": [world.mia.id]}]


async def test_no_prompt_breaks_out_of_its_quote(make_world, horse):
    world = await make_world(cooldown_s=0, max_queued_per_user=len(TRICKS))
    for trick in TRICKS:
        card = await world.make(world.mia, horse, trick)

        assert len(card.lines) == 3, trick
        assert not LIVE_SIGN.search(card.quoted.removeprefix("> ")), card.quoted
        assert card.text.replace("\n", "").isprintable(), card.quoted


async def test_a_quoted_prompt_reads_as_it_was_typed(hasty_world, horse):
    for typed in ("50% off: *Café* [draft] #3 (v1.2) \\o/", "日本の庭 🌸 - 1. Frühling"):
        card = await hasty_world.make(hasty_world.mia, horse, typed)
        assert shown(card.quoted) == typed


async def test_a_long_prompt_is_shortened_on_the_card_and_complete_at_ideogram(world, horse):
    prompt = "very " * 399 + "long"

    card = await world.make(world.mia, horse, prompt)

    assert len(card.quoted) < 260
    assert card.quoted.endswith("very…")
    assert world.ideogram.calls[0].prompt == prompt


async def test_every_picture_has_an_alt_text_with_the_prompt(world, horse):
    world.ideogram.dials.images = 2

    card = await world.make(world.mia, horse, "a horse\nin *fog*")

    expected = [f"Remix {number} of 2 of an attached picture: a horse in *fog*" for number in (1, 2)]
    assert [each["description"] for each in card.stored.attachments] == expected
    assert [each["description"] for each in card.gallery] == expected


async def test_a_result_is_a_spoiler_where_that_was_asked_for(world, horse):
    card = await world.make(world.mia, horse, spoiler=True)

    assert card.files == ["SPOILER_remix-1-1.png"]
    assert [item["spoiler"] for item in card.gallery] == [True]


async def test_a_result_is_a_spoiler_where_the_attached_picture_was_one(world, horse):
    card = await world.make(world.mia, ("SPOILER_horse.png", horse[1]))

    assert card.files == ["SPOILER_remix-1-1.png"]
    assert [item["spoiler"] for item in card.gallery] == [True]


async def test_a_result_is_no_spoiler_otherwise(world, horse):
    card = await world.make(world.mia, horse)

    assert [item["spoiler"] for item in card.gallery] == [False]


async def test_all_images_of_an_answer_come_in_one_card(world, horse):
    world.ideogram.dials.images = 4

    card = await world.make(world.mia, horse)

    assert card.files == [f"remix-1-{number}.png" for number in (1, 2, 3, 4)]
    assert len(card.gallery) == 4
    assert "Seed" not in card.text
    assert len(world.cards()) == 1


async def test_images_that_were_withheld_are_told_on_the_card_of_the_others(world, horse):
    world.ideogram.dials.images = 4
    world.ideogram.dials.fail = [Fault.SOME_UNSAFE]

    card = await world.make(world.mia, horse)

    assert card.files == ["remix-1-1.png", "remix-1-3.png"]
    assert card.small[1:] == ["2 images were withheld by Ideogram's safety check."]


async def test_where_all_images_were_withheld_nothing_is_posted_and_the_person_is_told_privately(world, horse):
    world.ideogram.dials.fail = [Fault.UNSAFE]

    result = await world.remix(world.mia, horse)

    told = await world.told(result, "withheld")
    assert "still uses one of your remixes" in told
    assert "change the prompt or the picture" in told
    assert world.cards() == []
    assert (await world.app.remixes.statuses.of(1)).cost == 60_000
    refused = await world.remix(world.mia, horse)
    await world.told(refused, "You can start your next remix")


@pytest.mark.parametrize("label", ["Again", "Edit", "More"])
async def test_the_buttons_of_a_card_name_its_job(world, horse, label):
    card = await world.make(world.mia, horse)

    assert card.buttons[label] == f"remix:{label.lower()}:1"
