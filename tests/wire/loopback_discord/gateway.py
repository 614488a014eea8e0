"""The websocket: HELLO, IDENTIFY, heartbeats, events, RESUME with replay, and ways to lose the connection.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

from .faults import reset_connection
from .model import Channel, Guild
from .payloads import channel_payload, guild_create_payload, own_user_payload
from .streams import Stream, stream_for
from .watch import Watch
from .world import RecordedRequest, World

API_VERSION = 10
ENDED_BY_CLIENT = (1000, 1001)
NOT_AUTHENTICATED, WRONG_TOKEN, ALREADY_AUTHENTICATED, GOING_AWAY = 4003, 4004, 4005, 1001
INVALID_SHARD, SHARDING_REQUIRED = 4010, 4011

Json = dict[str, Any]


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


@dataclass(eq=False, slots=True)
class Connection:
    """One websocket. What is put into `outbox` goes out in that order."""

    request: web.Request
    socket: web.WebSocketResponse
    stream: Stream
    outbox: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    session: "Session | None" = None

    def put(self, op: Op, data: Any, **more: Any) -> None:
        self.outbox.put_nowait({"op": int(op), "d": data, "s": None, "t": None} | more)

    async def send_outbox(self) -> None:
        """Until it is cancelled or the other side is gone."""
        while True:
            packed = self.stream.pack(await self.outbox.get())
            try:
                if isinstance(packed, str):
                    await self.socket.send_str(packed)
                else:
                    await self.socket.send_bytes(packed)
            except (ConnectionError, RuntimeError):
                return


@dataclass(eq=False, slots=True)
class Session:
    """What one IDENTIFY began. It outlives its connection, and keeps every event for a RESUME.

    `shard`: its number, and how many there are.
    """

    intents: int
    shard: tuple[int, int] = (0, 1)
    events: list[Json] = field(default_factory=list, repr=False)
    connection: Connection | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    def covers(self, guild_id: int) -> bool:
        number, count = self.shard
        return (guild_id >> 22) % count == number

    def dispatch(self, name: str, data: Json) -> None:
        event = {"t": name, "d": data, "s": len(self.events) + 1}
        self.events.append(event)
        self.send(event)

    def send(self, event: Json) -> None:
        if self.connection is not None:
            self.connection.put(Op.DISPATCH, event["d"], s=event["s"], t=event["t"])


class Gateway:
    """All sessions of the bot. `identified` and `resumed` count; each session hears every event of its servers."""

    def __init__(self, world: World, heartbeat_interval_ms: int) -> None:
        self._world = world
        self._heartbeat_interval_ms = heartbeat_interval_ms
        self._connections: set[Connection] = set()
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.watch = Watch()

    @property
    def connected(self) -> bool:
        """Whether a bot is there that has identified or resumed."""
        return any(session.connection is not None for session in self.sessions.values())

    @property
    def connected_shards(self) -> set[tuple[int, int]]:
        """Number and count of each that is connected."""
        return {session.shard for session in self.sessions.values() if session.connection is not None}

    def dispatch(self, name: str, data: Json, *, intent: int | None = None) -> None:
        """To every session with that server's shard; one that is cut off gets it when it resumes.

        `intent`: only to those that asked for events of that kind.
        """
        guild_id = int(data.get("guild_id") or data["id"])
        for session in self.sessions.values():
            if session.covers(guild_id) and (intent is None or session.intents & intent):
                session.dispatch(name, data)

    def announce(self, name: str, subject: Guild | Channel) -> None:
        if isinstance(subject, Guild):
            self.dispatch(name, guild_create_payload(subject, self._world))
        else:
            self.dispatch(name, channel_payload(subject, self._world.bot))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The whole life of one connection."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(request, socket, stream_for(request.query.get("compress")))
        self._connections.add(connection)
        sender = asyncio.create_task(connection.send_outbox())
        connection.put(Op.HELLO, {"heartbeat_interval": self._heartbeat_interval_ms, "_trace": []})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            sender.cancel()
            self._lose(connection)
        return socket

    async def _receive(self, connection: Connection, message: Json) -> None:
        match message.get("op"):
            case Op.HEARTBEAT:
                self.heartbeats += 1
                connection.put(Op.HEARTBEAT_ACK, None)
            case Op.IDENTIFY:
                await self._identify(connection, message["d"])
            case Op.RESUME:
                await self._resume(connection, message["d"])
            case Op.PRESENCE if connection.session is not None:
                pass
            case op:
                self._world.record(RecordedRequest("GATEWAY", f"op {op}", None))
                if connection.session is None:
                    await connection.socket.close(code=NOT_AUTHENTICATED)

    async def _identify(self, connection: Connection, data: Json) -> None:
        if data["token"] != self._world.token:
            await connection.socket.close(code=WRONG_TOKEN, message=b"Authentication failed.")
        elif connection.session is not None:
            await connection.socket.close(code=ALREADY_AUTHENTICATED)
        else:
            number, count = data.get("shard", (0, 1))
            if not 0 <= number < count:
                await connection.socket.close(code=INVALID_SHARD)
            elif count < self._world.least_shards:
                await connection.socket.close(code=SHARDING_REQUIRED)
            else:
                self._begin(connection, Session(int(data["intents"]), (number, count), connection=connection))

    def _begin(self, connection: Connection, session: Session) -> None:
        connection.session = session
        self.sessions[session.id] = session
        session.dispatch("READY", self._ready_payload(session))
        for guild in self._world.guilds.values():
            if session.covers(guild.id):
                session.dispatch("GUILD_CREATE", guild_create_payload(guild, self._world))
        self.identified += 1
        self.watch.changed()

    def _ready_payload(self, session: Session) -> Json:
        return {
            "v": API_VERSION,
            "user": own_user_payload(self._world),
            "user_settings": {},
            "guilds": [{"id": str(each), "unavailable": True} for each in self._world.guilds if session.covers(each)],
            "shard": list(session.shard),
            "private_channels": [],
            "relationships": [],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": f"{self._world.ws_origin}/gateway",
            "application": {"id": str(self._world.application_id), "flags": 0},
            "_trace": [],
        }

    async def _resume(self, connection: Connection, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if data["token"] != self._world.token:
            await connection.socket.close(code=WRONG_TOKEN, message=b"Authentication failed.")
        elif session is None:
            connection.put(Op.INVALID_SESSION, data=False)
        else:
            self._take_up(connection, session, int(data["seq"] or 0))

    def _take_up(self, connection: Connection, session: Session, seen: int) -> None:
        """Replays what came after the event numbered `seen`."""
        connection.session, session.connection = session, connection
        for event in session.events[seen:]:
            session.send(event)
        session.dispatch("RESUMED", {"_trace": []})
        self.resumed += 1
        self.watch.changed()

    def _lose(self, connection: Connection) -> None:
        self._connections.discard(connection)
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            if connection.socket.close_code in ENDED_BY_CLIENT:
                self.sessions.pop(session.id, None)
        self.watch.changed()

    async def drop(self, *, resumable: bool, code: int | None, shard: int | None) -> None:
        """Ends every connection, by that close code or, without one, by a TCP reset. `shard`: only that one's."""
        for connection in list(self._connections):
            if shard is not None and (connection.session is None or connection.session.shard[0] != shard):
                continue
            session = _detach(connection)
            if session is not None and not resumable:
                self.sessions.pop(session.id, None)
            if code is None:
                reset_connection(connection.request)
            else:
                await connection.socket.close(code=code)

    def ask_to_reconnect(self) -> None:
        """Opcode 7, as Discord sends it now and then."""
        for connection in self._connections:
            connection.put(Op.RECONNECT, None)

    async def close(self) -> None:
        """The server goes away; sessions stay, as they would through an outage."""
        for connection in list(self._connections):
            _detach(connection)
            await connection.socket.close(code=GOING_AWAY)


def _detach(connection: Connection) -> Session | None:
    """The connection's session, which has none from now on."""
    session, connection.session = connection.session, None
    if session is not None:
        session.connection = None
    return session
