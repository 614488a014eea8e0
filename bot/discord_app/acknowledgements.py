"""Finds out whether this process may have acknowledged an interaction of which Discord says that somebody has.

Discord sends each interaction to every process that is connected with the token, and takes the first acknowledgement.
"""

import re
from types import SimpleNamespace

import aiohttp
from yarl import URL

_CALLBACK = re.compile(r"/interactions/([0-9]+)/[^/]+/callback$")
_REMEMBERED = 4_096
_REFUSED = range(400, 500)


class Acknowledgements:
    """Counts, for each interaction, the requests that may have acknowledged it: those that Discord has not refused.

    discord.py repeats a request by itself, such as after a 5xx, so only its HTTP session knows of each attempt.
    """

    def __init__(self) -> None:
        self._unrefused: dict[int, int] = {}

    def may_be_ours(self, interaction_id: int) -> bool:
        """Whether a request of this process may have acknowledged it."""
        return self._unrefused.get(interaction_id, 0) > 0

    def trace(self) -> aiohttp.TraceConfig:
        """For the session that sends the requests."""
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(self._sent)
        trace.on_request_end.append(self._answered)
        return trace

    async def _sent(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, sent: aiohttp.TraceRequestHeadersSentParams
    ) -> None:
        self._count(sent.url, 1)

    async def _answered(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        if ended.response.status in _REFUSED:
            self._count(ended.url, -1)

    def _count(self, url: URL, by: int) -> None:
        if found := _CALLBACK.search(url.path):
            interaction_id = int(found[1])
            self._unrefused[interaction_id] = self._unrefused.get(interaction_id, 0) + by
            while len(self._unrefused) > _REMEMBERED:
                self._unrefused.pop(next(iter(self._unrefused)))
