"""`remix-bot demo`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot import logs
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.plain_numbers import seconds, whole
from bot.demo.simcord_version import WrongSimcordError, require_simcord
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.migrations import DatabaseTooNewError

_PORT = typer.Option(parser=whole(0, 65_535), metavar="PORT", help="Port of the page. 0: a free one.")
_LATENCY = typer.Option(parser=seconds, metavar="SECONDS", help="Seconds that a remix takes.")
_COOLDOWN = typer.Option(parser=seconds, metavar="SECONDS", help="Seconds that a person waits between two remixes.")
_RESULT_SIDE = typer.Option(
    parser=whole(16, 4096),
    metavar="PIXELS",
    help="Longer side of results, for a slow computer. Default: as large as Ideogram's.",
)
_WEIGHT = typer.Option(
    parser=whole(1, 100), metavar="WEIGHT", help="With --smoke: how close the result stays to the picture."
)


def demo(  # noqa: PLR0913 - typer reads the options from the parameters
    *,
    port: Annotated[int, _PORT] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address of the page.")] = False,
    latency: Annotated[float, _LATENCY] = 3.0,
    cooldown: Annotated[float, _COOLDOWN] = 10.0,
    fail_with: Annotated[
        str | None, typer.Option("--fail", metavar="KIND", help="Make every call to Ideogram fail this way.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for the database and pictures. Default: nothing is kept.")
    ] = None,
    result_side: Annotated[int | None, _RESULT_SIDE] = None,
    smoke: Annotated[bool, typer.Option("--smoke", help="Make one remix without a page, save it and exit.")] = False,
    photo: Annotated[Path | None, typer.Option(help="With --smoke: the picture to remix. Default: the sample.")] = None,
    prompt: Annotated[
        str, typer.Option(help="With --smoke: what the picture should become.")
    ] = "the same cup on a snowy mountain at dawn",
    weight: Annotated[int, _WEIGHT] = 60,
    out: Annotated[Path, typer.Option(help="With --smoke: the folder for the result.")] = Path("smoke-result"),
) -> None:
    """Try the bot in your browser, without Discord and without keys.

    The bot is unchanged. Stand-ins on this machine play Discord and Ideogram.
    """
    try:
        require_simcord()
    except WrongSimcordError as error:
        fail(f"The demo cannot run: {error}")
    try:
        if smoke:
            _smoke(photo, prompt=prompt, weight=weight, out=out)
        else:
            waits = (latency, cooldown)
            _page(port, browser=not no_browser, waits_s=waits, fault=fail_with, keep=keep, result_side=result_side)
    except ModuleNotFoundError as error:
        fail(f"The demo needs {error.name}: install remix-bot[demo].")


def _page(
    port: int,
    *,
    browser: bool,
    waits_s: tuple[float, float],
    fault: str | None,
    keep: Path | None,
    result_side: int | None,
) -> None:
    # Not at the top, here and below: these need simcord, an extra, and its absence is reported in one line.
    from bot.demo.ideogram_stand_in.dials import Fault  # noqa: PLC0415 - see above
    from bot.demo.live_discord import PageUnavailableError  # noqa: PLC0415 - see above
    from bot.demo.page.show import PageOptions, show_page  # noqa: PLC0415 - see above

    if fault is not None and fault not in set(Fault):
        fail(f"--fail {fault} is unknown. Choose from: {', '.join(Fault)}.", WRONG_SETTINGS)
    logs.configure("console", "WARNING")
    options = PageOptions(port, browser, *waits_s, fault, keep, result_side)
    try:
        asyncio.run(show_page(options, typer.echo))
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo("The demo has ended.")
    except (PageUnavailableError, DatabaseInUseError, DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail(f"The demo cannot run: {error}")


def _smoke(photo: Path | None, *, prompt: str, weight: int, out: Path) -> None:
    from bot.demo.smoke import SmokeFailedError, make_one_remix, read_source  # noqa: PLC0415 - see _page

    try:
        asyncio.run(make_one_remix(read_source(photo), prompt=prompt, weight=weight, out=out, report=typer.echo))
    except (SmokeFailedError, OSError) as error:
        fail(f"The demo did not work: {error}")
