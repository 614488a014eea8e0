"""Posted cards that are covered again: what is sent to Discord, and what follows if it refuses."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import discord
from made_jobs import job, post

from bot.discord_app.remixes.posted_cards import PostedCards
from bot.use_cases.ports import Redrawn
from tests.pictures_here import PicturesHere


def gallery(*names):
    items = [
        {"media": {"url": f"https://cdn.discordapp.com/attachments/1/2/{name}?ex=1", "attachment_id": str(number)}}
        for number, name in enumerate(names, 70)
    ]
    return {"type": 12, "id": 1, "items": items}


def card(*names):
    texts = [{"type": 10, "id": 2, "content": "<@1>\n> a secret"}, {"type": 10, "id": 3, "content": "-# Weight 60"}]
    return {"type": 17, "id": 9, "components": [*([gallery(*names)] if names else []), *texts]}


@dataclass
class Client:
    """`refusals`: what Discord answers to the next edits."""

    shown: dict
    refusals: list = field(default_factory=list)
    edits: list = field(default_factory=list)

    @property
    def http(self):
        return self

    def get_partial_messageable(self, _id):
        return self

    def get_partial_message(self, message_id):
        components = [discord.components._component_factory(self.shown)]
        message = SimpleNamespace(id=message_id, components=components)

        async def fetch():
            return message

        return SimpleNamespace(id=message_id, channel=SimpleNamespace(id=22), fetch=fetch)

    async def edit_message(self, _channel_id, _message_id, *, params):
        if self.refusals:
            raise self.refusals.pop(0)
        self.edits.append(params.payload)


def refused(status, code):
    response = SimpleNamespace(status=status, reason="no")
    return discord.HTTPException(response, {"code": code, "message": "no"})


async def redraw(client, **changes):
    return await PostedCards(client, PicturesHere()).redraw(job(prompt="a secret", **changes), post())


async def test_a_card_is_covered_with_the_files_that_it_has_and_nothing_is_uploaded():
    client = Client(card("remix-7-1.png", "SPOILER_remix-7-2.png"))
    assert await redraw(client, hidden=True) is Redrawn.DONE
    (payload,) = client.edits
    (container,) = payload["components"]
    media, text, small_print, _buttons = container["components"]
    assert [item["media"]["url"] for item in media["items"]] == [
        "attachment://remix-7-1.png",
        "attachment://SPOILER_remix-7-2.png",
    ]
    assert all(item["spoiler"] for item in media["items"])
    assert small_print["content"] == "-# Weight 60"
    assert [file["id"] for file in payload["attachments"]] == ["70", "71"]
    assert all(file["is_spoiler"] for file in payload["attachments"])
    assert "a secret" not in str(payload)
    assert "hidden this remix" in text["content"]


async def test_a_card_that_is_shown_again_has_its_words_back():
    client = Client(card("remix-7-1.png"))
    assert await redraw(client, hidden=False) is Redrawn.DONE
    (payload,) = client.edits
    assert str(payload).count("a secret") == 3
    assert not payload["attachments"][0]["is_spoiler"]


async def test_if_discord_does_not_cover_the_files_they_are_taken_off():
    client = Client(card("remix-7-1.png"), [refused(400, 50035)])
    assert await redraw(client, hidden=True) is Redrawn.DONE
    (payload,) = client.edits
    assert payload["attachments"] == []
    assert [part["type"] for part in payload["components"][0]["components"]] == [10, 10, 1]


async def test_a_card_without_its_files_is_covered_but_needs_them_to_be_shown_again():
    assert await redraw(Client(card()), hidden=True) is Redrawn.DONE
    assert await redraw(Client(card()), hidden=False) is Redrawn.NO_PICTURES


async def test_a_refusal_that_may_pass_is_reported_and_a_message_that_is_gone_is_done():
    assert await redraw(Client(card("remix-7-1.png"), [refused(500, 0)]), hidden=True) is Redrawn.FAILED
    assert await redraw(Client(card("remix-7-1.png"), [refused(400, 50035)]), hidden=False) is Redrawn.FAILED
    assert await redraw(Client(card("remix-7-1.png"), [refused(404, 10008)]), hidden=True) is Redrawn.DONE
