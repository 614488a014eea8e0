"""Checks the settings, and who can read the file that they are in."""

from pathlib import Path

from bot.cli.checks.accounts import ROOT, account_name, owner_of
from bot.cli.checks.findings import Finding, Subject, fail, note, ok, warn
from bot.settings.misspelled import misspelled_names
from bot.settings.secret_files import files_open_to_all
from bot.settings.settings import Settings, SettingsError
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.owner_only import is_open_to_others

SETTINGS, ENV_FILE = "settings", "env-file"


def wrong_settings(error: SettingsError, env_file: Path) -> list[Finding]:
    """With settings that cannot be read, nothing else can be checked."""
    remedy = "Correct it in .env or in the environment. `remix-bot setup` asks for the token and the key."
    return [*(fail(SETTINGS, line, remedy) for line in error.lines), *_misspellings(env_file)]


def settings(subject: Subject) -> list[Finding]:
    read = subject.settings
    found = _misspellings(subject.env_file)
    for name, path in files_open_to_all(Settings, subject.env_file):
        found.append(warn(SETTINGS, f"Every account can read the file that {name} names.", f"chmod 600 {path}"))
    if not read.allowed_guild_ids and not read.ceilings:
        found.append(
            warn(
                SETTINGS,
                "Every server can invite the bot, and there is no limit on what they spend together.",
                "Set DAILY_BUDGET_USD, or list your servers in ALLOWED_GUILD_IDS.",
            )
        )
    return [*(found or [ok(SETTINGS, "All settings can be read.")]), *_proxies(read), *_evidence(read)]


def _evidence(read: Settings) -> list[Finding]:
    if read.evidence_public_key:
        return []
    sentence = (
        "EVIDENCE_PUBLIC_KEY is not set: what members report as illegal is removed, and nothing of it is kept, neither "
        "to bring it back if it was reported for nothing nor to hand it to the authorities."
    )
    return [note(SETTINGS, sentence, "`remix-bot evidence key --to FILE` makes a key (docs/operators.md).")]


def _proxies(read: Settings) -> list[Finding]:
    addresses = {"Discord": read.discord_urls[0], "Ideogram": read.ideogram_api_url}
    ways = {name: read.proxies.shown_for(url) for name, url in addresses.items()}
    if not any(ways.values()):
        return []
    shown = ", ".join(f"{name} {f'through {proxy}' if proxy else 'directly'}" for name, proxy in ways.items())
    return [ok(SETTINGS, f"The bot reaches {shown}.")]


def _misspellings(env_file: Path) -> list[Finding]:
    return [warn(SETTINGS, line, "Correct the name, or remove it.") for line in misspelled_names(env_file)]


def env_file(subject: Subject) -> list[Finding]:
    """The bot's account, which owns the data, must be able to read the file, and others must not."""
    file = subject.env_file
    if not file.is_file():
        none = [ok(ENV_FILE, f"There is no {file} here: all settings come from the environment.")]
        return _open_secrets(file) or none
    found = []
    if is_open_to_others(file):
        remedy = f"chmod 600 {file}"
        found.append(fail(ENV_FILE, f"Other accounts can read {file}, which has the token and the key in it.", remedy))
    database = sqlite_path(subject.settings.database_url)
    bot, owner = owner_of(Path(database)) if database else None, owner_of(file)
    if bot not in {None, ROOT, owner}:
        found.append(
            fail(
                ENV_FILE,
                f"{file} belongs to {account_name(owner)}, and the database to {account_name(bot)}: started "
                "as that account, the bot cannot read its settings.",
                f"chown {account_name(bot)} {file}",
            )
        )
    return [*found, *_open_secrets(file)] or [ok(ENV_FILE, f"Only its owner can read {file}.")]


def _open_secrets(env_file: Path) -> list[Finding]:
    """The files that settings such as DISCORD_TOKEN_FILE name."""
    open_files = files_open_to_all(Settings, env_file)
    return [
        fail(ENV_FILE, f"Other accounts can read the file of {name}.", f"chmod 600 {path}") for name, path in open_files
    ]
