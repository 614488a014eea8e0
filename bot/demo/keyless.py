"""The unchanged bot without keys: its database in a folder, Discord and Ideogram played by stand-ins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.live_discord import LiveDiscord, live_discord
from bot.settings.settings import Settings
from bot.storage.engine import synced_commands
from bot.storage.engine.database import Connection
from bot.wiring import App, open_app

KEY = "demo-key"


class _OwnSettings(Settings):
    """Blind to the environment: what is set there is meant for the real bot."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def demo_settings(folder: Path, ideogram: IdeogramStandIn) -> Settings:
    """Everything in that folder, everybody on loopback."""
    return _OwnSettings(
        discord_token="no-token-needed",  # noqa: S106 - the stand-in asks for none
        ideogram_api_key=KEY,
        database_url=f"sqlite:///{(folder / 'remix.db').as_posix()}",
        blob_dir=folder / "blobs",
        ideogram_api_url=ideogram.url,
        ideogram_image_hosts=ideogram.image_host,
    )


@asynccontextmanager
async def keyless_bot(
    settings: Settings, ideogram: IdeogramStandIn, *, grace_s: float
) -> AsyncIterator[tuple[App, LiveDiscord]]:
    """Logged in inside the block; its work is yours to start. Raises WrongSimcordError and what open_app raises."""
    async with open_app(settings) as app:
        await app.database.transaction(_forget_synced)
        async with live_discord(app.client) as discord:
            try:
                yield app, discord
            finally:
                ideogram.release()
                await app.stop_work(grace_s)


def _forget_synced(connection: Connection) -> None:
    """A kept database knows of a Discord that has our commands; this one was born just now."""
    for scope in synced_commands.read(connection):
        synced_commands.write(connection, scope, None)
