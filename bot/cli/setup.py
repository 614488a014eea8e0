"""`remix-bot setup`."""

from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values

from bot.cli.asking import words
from bot.cli.asking.live_checks import check_key, check_token
from bot.cli.asking.sources import Sources, is_terminal
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.lazy_group import ENV_FILE
from bot.discord_app.account import Account
from bot.discord_app.connection import use_endpoints
from bot.settings import values
from bot.settings.settings import Settings, SettingsError, load_settings
from bot.settings.written_env import new_env, read_env, with_values, write_env

_TOKEN, _KEY, _BUDGET, _SERVERS = "DISCORD_TOKEN", "IDEOGRAM_API_KEY", "DAILY_BUDGET_USD", "ALLOWED_GUILD_IDS"
_OPERATOR_SERVER, _OPERATORS = "OPERATOR_GUILD_ID", "OPERATOR_IDS"
_OPERATOR_CHANNEL = "OPERATOR_CHANNEL_ID"
_NONE = "none"


def setup(
    *,
    token_file: Annotated[
        Path | None, typer.Option(envvar="DISCORD_TOKEN_FILE", help="File with the bot's token in it.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(envvar="IDEOGRAM_API_KEY_FILE", help="File with Ideogram's key in it.")
    ] = None,
    budget: Annotated[str | None, typer.Option(help="US dollars that all servers can spend per day, or none.")] = None,
    servers: Annotated[str | None, typer.Option(help="Ids of the servers that can use the bot, with commas.")] = None,
    operator_server: Annotated[str | None, typer.Option(help="Id of your server, for /remix-operator.")] = None,
    operators: Annotated[str | None, typer.Option(help="Ids of the people who can use it, with commas.")] = None,
    operator_channel: Annotated[str | None, typer.Option(help="Id of the channel for the bot's warnings.")] = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not ask Discord and Ideogram.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Change an existing .env without asking.")] = False,
) -> None:
    """Ask for the token and the key, check them, and write them to .env. It pays nothing.

    Without a terminal it takes the options, the files, and from stdin the token and the key in a line each.
    """
    sources = Sources(asks=is_terminal(), checks=not no_check)
    text, settings = _present(sources, yes=yes)
    known = {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}
    use_endpoints(settings.discord_api_url, None)
    chosen, account = _secrets(sources, settings, known, token_file, key_file)
    _tell(sources, f"\n{words.LIMITS}")
    given = {
        _BUDGET: budget,
        _SERVERS: servers,
        _OPERATOR_SERVER: operator_server,
        _OPERATORS: operators,
        _OPERATOR_CHANNEL: operator_channel,
    }
    chosen |= _limits(sources, given, known, account)
    _write(text, chosen, (settings.picture_folder or settings.blob_dir).parent)
    typer.echo(words.WRITTEN.format(file=ENV_FILE.resolve()))
    _warn_of_overrides(chosen)
    typer.echo(words.INVITE.format(link=account.invite_link) if account else words.INVITE_LATER)
    typer.echo(words.NEXT)


def _present(sources: Sources, *, yes: bool) -> tuple[str, Settings]:
    """The text to change, and the other settings that are in force."""
    try:
        text = read_env(ENV_FILE)
        settings = load_settings(ENV_FILE, needs="network")
    except (OSError, UnicodeError):
        fail(f"{ENV_FILE} cannot be read: it must be a UTF-8 text file that this account can open.", WRONG_SETTINGS)
    except SettingsError as error:
        fail("\n".join(["Correct these settings first:", *error.lines]), WRONG_SETTINGS)
    if text is None:
        return new_env(), settings
    if not yes and not sources.asks:
        fail(words.EXISTS.format(file=ENV_FILE), WRONG_SETTINGS)
    if not yes and not typer.confirm(words.CHANGE.format(file=ENV_FILE), default=True):
        fail(words.NOTHING_CHANGED)
    return text, settings


def _secrets(
    sources: Sources, settings: Settings, known: Mapping[str, str], token_file: Path | None, key_file: Path | None
) -> tuple[dict[str, str], Account | None]:
    _tell(sources, words.DISCORD_STEPS)
    token, account = sources.secret(
        "Token",
        token_file,
        known.get(_TOKEN, ""),
        lambda given: check_token(settings, given),
        missing=words.NOTHING_FOR_DISCORD,
    )
    if account is not None:
        typer.echo(f"Discord accepts it: {account.name}.")
    _tell(sources, f"\n{words.IDEOGRAM_STEPS}")
    key, said = sources.secret(
        "Key",
        key_file,
        known.get(_KEY, ""),
        lambda given: check_key(settings, given),
        missing=words.NOTHING_FOR_IDEOGRAM,
    )
    if said is not None:
        typer.echo(said)
    # A secret and the name of its file at once would be refused, and the file is the older answer.
    replaced = {f"{name}_FILE": "" for name in (_TOKEN, _KEY) if known.get(f"{name}_FILE")}
    return {_TOKEN: token, _KEY: key, **replaced}, account


def _limits(
    sources: Sources, given: Mapping[str, str | None], known: Mapping[str, str], account: Account | None
) -> dict[str, str]:
    """What was chosen, by the name of the setting. An empty value takes it out."""
    chosen: dict[str, str] = {}

    def ask(name: str, prompt: str, read: Callable[[str], object], default: str = "") -> None:
        def check(answer: str) -> None:
            if answer.lower() != _NONE:
                read(answer)

        answer = sources.choice(prompt, given[name], known.get(name) or default, check)
        if answer is not None:
            chosen[name] = answer if name == _BUDGET or answer.lower() != _NONE else ""

    ask(_BUDGET, "US dollars a day (UTC) for all servers together", values.read_budget, "5")
    ask(_SERVERS, "Ids of the servers that can use the bot (Enter: all that invite it)", values.read_ids)
    ask(_OPERATOR_SERVER, "Id of your own server, for /remix-operator (Enter: none)", values.read_server_id)
    if chosen.get(_OPERATOR_SERVER) or given[_OPERATORS] is not None:
        owner = str(account.owner_id) if account and account.owner_id else ""
        ask(_OPERATORS, "Ids of the people who can use it", values.read_person_ids, owner)
    ask(_OPERATOR_CHANNEL, "Id of a channel for the bot's warnings (Enter: none)", values.read_id)
    return chosen


def _write(text: str, chosen: Mapping[str, str], data: Path) -> None:
    try:
        write_env(ENV_FILE, with_values(text, chosen), load_settings, data)
    except SettingsError as error:
        fail("\n".join([*error.lines, words.NOTHING_CHANGED]), WRONG_SETTINGS)
    except OSError as error:
        fail(f"Cannot write {ENV_FILE}: {error.strerror or error}. {words.NOTHING_CHANGED}")


def _warn_of_overrides(chosen: Mapping[str, str]) -> None:
    """The environment wins over the file, also where somebody has forgotten it there."""
    read = load_settings(ENV_FILE)
    for name, secret in ((_TOKEN, read.discord_token), (_KEY, read.ideogram_api_key)):
        if secret.get_secret_value() != chosen[name]:
            typer.echo(words.OVERRIDDEN.format(name=name), err=True)


def _tell(sources: Sources, text: str) -> None:
    if sources.asks:
        typer.echo(text)
