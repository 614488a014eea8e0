"""What setup reads and writes: no secret in a message, and none left in a file beside `.env`."""

from pathlib import Path

import pytest
import typer

from bot.cli.asking.sources import Sources
from bot.settings.written_env import write_env

SECRET = "MTIzNDU2.made-up.token-of-nobody"


def test_a_secret_that_was_given_where_its_file_belongs_is_not_shown(capsys):
    with pytest.raises(typer.Exit):
        Sources(asks=False, checks=False).secret("Token", Path(SECRET), "", lambda _: None, missing="none")
    said = capsys.readouterr()
    assert said.err == "Token: the file that was named for it cannot be read.\n"
    assert SECRET not in said.out


def test_what_a_killed_setup_left_goes_and_other_files_stay(tmp_path):
    env, left, backup = tmp_path / ".env", tmp_path / ".env.new-x1y2", tmp_path / ".env.backup"

    def die(new):
        new.rename(left)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_env(env, SECRET, die, tmp_path)
    backup.write_text("mine")
    write_env(env, "KEY=value", lambda _: None, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", ".env.backup"]
    assert Path(__file__).parents[3].joinpath(".gitignore").read_text().count("/.env.new-*\n") == 1
