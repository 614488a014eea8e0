"""Runs the unchanged bot without keys: stand-ins replace Discord and Ideogram, and its data is in one folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.live_discord import LiveDiscord, live_discord
from bot.discord_app.kit.attachments import open_through_client
from bot.settings.settings import Settings
from bot.storage.engine import synced_commands
from bot.storage.engine.database import Connection
from bot.wiring import App, open_app

KEY = "demo-key"


class _DemoSettings(Settings):
    """Ignores the environment and `.env`: what is set there is for the real bot, and may contain real keys."""

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
    """Settings that keep all data in `folder` and reach nothing but loopback."""
    return _DemoSettings(
        discord_token="no-token-needed",  # noqa: S106 - the stand-in asks for none
        ideogram_api_key=KEY,
        database_url=f"sqlite:///{(folder / 'remix.db').as_posix()}",
        blob_dir=folder / "blobs",
        ideogram_api_url=ideogram.url,
        ideogram_image_hosts=ideogram.image_host,
        # The pictures cost nothing.
        daily_budget_usd="none",
        person_daily_budget_usd="none",
    )


@asynccontextmanager
async def keyless_bot(
    settings: Settings, ideogram: IdeogramStandIn, *, grace_s: float
) -> AsyncIterator[tuple[App, LiveDiscord]]:
    """The bot, logged in but not working yet: call `start_work`. Raises WrongSimcordError and what open_app raises."""
    async with open_app(settings, open_attachment=open_through_client) as app:
        await app.core.database.transaction(_forget_synced_commands)
        async with live_discord(app.client) as discord:
            try:
                yield app, discord
            finally:
                # A call that hangs on purpose (--fail hang) would otherwise use up the whole grace time.
                ideogram.release()
                await app.stop_work(grace_s)


def _forget_synced_commands(connection: Connection) -> None:
    """A kept database says that the commands are synced, but simcord starts empty every time."""
    for scope in synced_commands.read(connection):
        synced_commands.write(connection, scope, None)
