r"""A small Discord on loopback: gateway and REST over the wire, for what simcord cannot show.

Resets, 5xx, 413, expired tokens, reconnects, a bot process that is killed. The bot finds it by DISCORD_API_URL
(`server.api_url`) and DISCORD_GATEWAY_URL (`server.gateway_url`), in this process or in another one.

    async with LoopbackDiscord(token="...") as server:
        channel = server.add_guild().add_channel()
        mia = server.add_user("mia")
        # start the bot
        await server.ready()
        remix = await server.slash("remix", mia, channel, options={"prompt": "in ink", "weight": 60}, attachment=png)
        await remix.wait_acknowledged()
        await remix.wait_for(lambda i: i.original is not None and "Queued" in i.original.content)
        await channel.wait_for(lambda c: len(c.standing) == 1)
        assert not server.unknown_requests

What goes wrong is set up beforehand, and met by the next requests that match:

    # the message is posted, but the answer is lost
    server.faults.add("POST", r"/channels/\d+/messages$", Reset(after_effect=True))
    # three times unavailable, here, at the login, and for the websocket
    server.faults.add("PATCH", r"/messages/@original$", Answer(503), times=3)
    server.faults.add("GET", r"/users/@me$", Answer(503), times=3)
    server.faults.add("GET", GATEWAY, Answer(503), times=3)
    # the message is posted, and the bot, which waits for its answer, can be killed
    server.faults.add("POST", r"/channels/\d+/messages$", held := Hang(after_effect=True))
    await held.reached.wait()
    # 15 minutes later; a connection lost for good
    remix.expired = True
    await server.drop_gateway(resumable=False)

Not here: events of messages (the bot asks for the GUILDS intent alone), DMs, reactions, voice, rate limits of its own.
"""

from .faults import GATEWAY, Answer, Delay, Fault, Faults, Hang, Reset, rate_limited
from .interaction import TOKEN_MARK, Interaction
from .model import MEMBER, MIB, Attachment, Channel, Guild, Message, Permission, User, new_guild_id
from .people import Picture
from .rest.mentions import mentioned_roles, mentioned_users, pings_everyone, text_of
from .server import LoopbackDiscord
from .world import RecordedRequest

__all__ = [
    "GATEWAY",
    "MEMBER",
    "MIB",
    "TOKEN_MARK",
    "Answer",
    "Attachment",
    "Channel",
    "Delay",
    "Fault",
    "Faults",
    "Guild",
    "Hang",
    "Interaction",
    "LoopbackDiscord",
    "Message",
    "Permission",
    "Picture",
    "RecordedRequest",
    "Reset",
    "User",
    "mentioned_roles",
    "mentioned_users",
    "new_guild_id",
    "pings_everyone",
    "rate_limited",
    "text_of",
]
