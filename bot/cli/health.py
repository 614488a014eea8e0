"""`remix-bot health`. Nothing here is slow to import."""

import os
import sys
import time
from pathlib import Path

from bot.monitoring.health_file import health_path, read_health
from bot.monitoring.judgement import Sickness, find_sickness, find_unready
from bot.monitoring.words import sickness_sentence, state_sentence
from bot.settings.database_url import read_blob_dir_alone, read_database_url_alone, read_health_file_alone

ENV_FILE = Path(".env")


def health() -> None:
    """Say whether the running bot is alive, in one sentence. For a container's HEALTHCHECK.

    Exit code 0: it is, even while Discord is away, because a restart would not help. 1: it is not.
    """
    sys.exit(answer())


def answer() -> int:
    """The exit code. The sentence is on stdout: with LOG_FORMAT=json, stderr is for JSON alone."""
    try:
        url = read_database_url_alone(os.environ, ENV_FILE)
        path = read_health_file_alone(os.environ, ENV_FILE) or health_path(
            url, read_blob_dir_alone(os.environ, ENV_FILE)
        )
    except ValueError as error:
        return _complain(f"{error}.")
    except OSError as error:
        return _complain(f"The settings cannot be read: {error}.")
    found = read_health(path)
    sickness = find_sickness(found, time.monotonic())
    if found is None or sickness is not None:
        return _complain(sickness_sentence(sickness or Sickness.NOT_STARTED, found))
    print(state_sentence(found, find_unready(found)))  # noqa: T201 - typer.echo would need typer
    return 0


def _complain(sentence: str) -> int:
    print(sentence)  # noqa: T201 - see above
    return 1
