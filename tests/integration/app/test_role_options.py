"""`remix-bot run --role` and `--shards`: what does not fit together stops the start with one line."""

import pytest

COMPLETE = {"DISCORD_TOKEN": "a-token", "IDEOGRAM_API_KEY": "a-key"}
POSTGRESQL = {"DATABASE_URL": "postgresql://bot@127.0.0.1:9/remix"}


@pytest.mark.parametrize(
    ("options", "settings", "says"),
    [
        (("--role", "worker"), {}, "--role worker needs PostgreSQL"),
        (("--role", "worker", "--shards", "0-3", "--of", "8"), POSTGRESQL, "a worker has no gateway connection"),
    ],
)
def test_the_start_ends_with_one_line_and_exit_code_2(run, tmp_path, options, settings, says):
    done = run("run", *options, **COMPLETE, **settings)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert says in line
    assert list(tmp_path.iterdir()) == []
