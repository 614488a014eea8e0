"""Where the files lie: those that people attach, and those of the bot's messages."""

from aiohttp import web

from tests.wire.loopback_discord.world import World


class Cdn:
    """An address needs its signature. One that was changed, and one whose file is gone, get plain text and no JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        path = "{channel:[0-9]+}/{attachment:[0-9]+}/{filename}"
        return [web.get(f"/attachments/{path}", self._file), web.get(f"/ephemeral-attachments/{path}", self._file)]

    async def _file(self, request: web.Request) -> web.Response:
        attachment = self._world.attachments.get(int(request.match_info["attachment"]))
        signed = request.query.get("hm") == self._world.link_key
        if attachment is None or attachment.gone or not signed:
            return web.Response(status=404, text="This content is no longer available.")
        kind = attachment.content_type or "application/octet-stream"
        return web.Response(body=attachment.data, content_type=kind.partition(";")[0])
