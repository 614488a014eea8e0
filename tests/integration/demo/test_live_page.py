"""The page's adapter, driven as the browser drives it: over HTTP, with the real discord.py behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.demo.live_discord import PageFile, PageLook, PageUnavailableError, live_discord, live_page
from bot.demo.page.community import create_community, welcome
from bot.demo.page.show import local_timezone
from bot.rules.policies import Policy
from bot.rules.raids import is_new
from tests.integration.demo.tiny_bot import COMMAND, TinyBot

LOOK = PageLook("UTC", {"/mine.txt": PageFile("text/plain", b"mine")}, lambda index: index.replace("SimCord", "Ours"))


class Tab:
    """A browser's tab: it opened a page and acts on it."""

    def __init__(self, session, capability, state):
        self._session = session
        self._headers = {"X-Simcord-Capability": capability, "X-Simcord-Context": state["context"]["id"]}
        self.opened_with = state

    async def do(self, **body):
        return await self._answer(self._session.post("/api/action", json=body, headers=self._headers))

    async def act(self, kind, **body):
        """As the page's own script acts first, with what it was shown when it opened."""
        shown = self.opened_with
        return await self.do(
            kind=kind,
            protocol_version=3,
            sequence=1,
            request_id="r1",
            generation=shown["context"]["generation"],
            bot_generation=shown["botGeneration"],
            published_revision=shown["publishedRevision"],
            **body,
        )

    async def state(self):
        return await self._answer(self._session.get("/api/state", headers=self._headers))

    async def messages(self):
        state = await self.state()
        return [state["messages"][name] for name in state["timeline"]]

    @staticmethod
    async def _answer(request):
        async with request as response:
            assert response.status == 200
            return await response.json()


@asynccontextmanager
async def open_tab(page) -> AsyncIterator[Tab]:
    base, _, capability = page.url.partition("#")
    async with aiohttp.ClientSession(base) as session:
        opened = await session.post("/api/pages", json={}, headers={"X-Simcord-Capability": capability})
        yield Tab(session, capability, await opened.json())


@pytest.fixture
async def live():
    async with live_discord(TinyBot()) as discord_:
        yield discord_


@pytest.fixture
def community(live):
    return create_community(live)


@pytest.fixture
async def page(live, community):
    async with live_page(live, (community.channel, community.log), community.viewers, port=0, look=LOOK) as opened:
        await welcome(community, b"no picture, but a file")
        yield opened


async def test_the_apps_of_a_message_are_listed_and_run_on_it(page):
    async with open_tab(page) as tab:
        assert await tab.do(kind="message_commands") == {"names": [COMMAND]}
        await page.publish()
        (greeting,) = await tab.messages()
        answer = await tab.do(kind="message_command", name=COMMAND, target_id=greeting["id"])
        assert answer == {"answered": True}
        *_, private = await tab.messages()
    assert private["content"] == "used on 1 picture"
    assert private["ephemeral"] is True


async def test_a_page_opens_without_a_message_in_focus_and_so_at_its_end(page):
    async with open_tab(page) as tab:
        assert tab.opened_with["targetId"] is None
        assert tab.opened_with["history"]["hasAfter"] is False


async def test_another_person_s_view_opens_at_its_end_as_well(page, community):
    *_, moderator = community.viewers
    async with open_tab(page) as tab:
        await tab.act("viewer", viewer_id=str(moderator.id))
        state = await tab.state()
    assert state["viewerId"] == str(moderator.id)
    assert state["targetId"] is None


async def test_an_action_counts_although_the_page_was_published_meanwhile(page):
    async with open_tab(page) as tab:
        await page.publish()
        sent = await tab.act("send_message", content="hello")
        assert sent["rejected"] is False
        assert (await tab.messages())[-1]["content"] == "hello"


async def test_whatever_crosses_discord_is_told_at_once(live, community):
    crossed = asyncio.Event()
    live.listen(crossed.set)
    await community.viewers[0].send(community.channel, "hello")
    assert crossed.is_set()


async def test_old_messages_go_but_the_welcome_stays(live, community):
    await welcome(community, b"a file")
    mia = community.viewers[0]
    for number in range(8):
        await mia.send(community.channel, str(number))
    live.forget_old_messages(community.channel, keep=3)
    contents = [message.content for message in community.channel.history()]
    assert contents[0].startswith("**Welcome!")
    assert contents[1:] == ["5", "6", "7"]


async def test_people_and_places_have_the_same_ids_at_every_start(community):
    async def another_start():
        async with live_discord(TinyBot()) as other:
            return ids(create_community(other))

    assert await asyncio.create_task(in_another_loop(another_start)) == ids(community)


async def test_one_member_has_just_joined_and_all_others_are_no_longer_new(live, community):
    guild = live.backend.guilds[community.channel.guild.id]
    joined = {each.id: datetime.fromisoformat(guild.members[each.id].joined_at) for each in community.viewers}
    now = datetime.now(UTC)
    new = [each.id for each in community.viewers if is_new(each.id, joined[each.id], Policy().raid_new_for, now)]
    assert new == [community.viewers[2].id]


def ids(community):
    return [community.channel.id, community.channel.guild.id, *(viewer.id for viewer in community.viewers)]


async def in_another_loop(start):
    """A loop takes one Discord of simcord."""
    return await asyncio.to_thread(lambda: asyncio.run(start()))


async def test_files_of_our_own_and_our_name_are_on_the_page(page):
    async with aiohttp.ClientSession(page.url.partition("#")[0]) as session:
        assert await (await session.get("/mine.txt")).read() == b"mine"
        assert "<title>Ours Preview</title>" in await (await session.get("/")).text()


async def test_a_taken_port_is_told(page, live, community):
    port = int(page.url.split(":")[2].partition("/")[0])
    with pytest.raises(PageUnavailableError, match=f"port {port} is already in use"):
        async with live_page(live, (community.channel, community.log), community.viewers, port=port, look=LOOK):
            pass


def test_the_time_zone_is_a_name_that_the_page_takes():
    assert local_timezone()
