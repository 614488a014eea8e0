"""`remix-bot evidence`: the operator makes keys, lists, exports and destroys, and each step is on record."""

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bot.cli.people import evidence as command
from tests.integration.reporting.test_illegal import Notices, report, seal
from tests.integration.reporting.test_reporting import posted


@pytest.fixture
def run(bot, monkeypatch):
    monkeypatch.setattr(command, "pictures_of", lambda _settings: bot.blobs)
    settings = SimpleNamespace(database_url=bot.database.url)
    return lambda *words, **options: CliRunner().invoke(command.evidence, words, obj=settings, **options)


async def test_what_was_reported_is_exported_with_the_private_key_alone_and_destroyed(bot, run, tmp_path):
    made = run("key", "--to", str(tmp_path / "a.key"))
    assert (tmp_path / "a.key").stat().st_mode & 0o077 == 0
    assert run("key", "--to", str(tmp_path / "a.key")).exit_code == 1
    run("key", "--to", str(tmp_path / "b.key"))
    await report(bot, await posted(bot))
    await seal(bot, Notices(), made.output.splitlines()[0].removeprefix("EVIDENCE_PUBLIC_KEY="))
    assert "sealed, kept until" in run().output
    to = ("--to", str(tmp_path / "out"))
    wrong = run("export", "1", "--key", str(tmp_path / "b.key"), *to)
    assert (wrong.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert run("export", "1", "--key", str(tmp_path / "a.key"), *to).exit_code == 0
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["facts.json", "result-0", "source"]
    assert run("destroy", "1", input="n\n").exit_code == 1
    assert run("destroy", "1", "--yes").exit_code == 0
    assert run("export", "1", "--key", str(tmp_path / "a.key"), *to).exit_code == 1
    listed = run().output
    assert all(act in listed for act in ("taken", "sealed", "exported", "destroyed"))
