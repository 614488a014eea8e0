"""What the Dockerfile says can be built: its sources exist, nothing secret gets in, and it runs as nobody special."""

import re
from pathlib import PurePosixPath

import pytest

from bot.monitoring.judgement import STALE_S
from tests.deploy.build_context import ignored, sources
from tests.deploy.dockerfile import DockerfileError, read_dockerfile
from tests.meta.source_files import ROOT

DIGEST = re.compile(r"python:3\.\d+-slim-\w+@sha256:[0-9a-f]{64}")


@pytest.fixture
def stages():
    return read_dockerfile((ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"))


def test_the_base_is_one_slim_image_pinned_by_its_digest(stages):
    (image,) = {stage.image for stage in stages}
    assert DIGEST.fullmatch(image)


def test_everything_that_is_copied_is_in_the_checkout_and_not_ignored(stages):
    names = {stage.name for stage in stages}
    copies = [each for stage in stages for each in stage.instructions if each.name == "COPY"]
    assert {copy.flags["from"] for copy in copies if copy.flags} <= names
    copied = [source for copy in copies if not copy.flags for source in sources(copy)]
    assert [source for source in copied if not (ROOT / source).exists() or ignored(source)] == []
    assert {"bot", "migrations", ".env.example"} <= set(copied)


@pytest.mark.parametrize("name", [".env", ".git", "data", "backups", "deploy/secrets", ".venv", "tests", "docs"])
def test_no_secret_and_nothing_needless_reaches_the_build(name):
    assert ignored(name)


def test_packages_are_installed_by_hash_and_the_wheel_without_the_network(stages):
    (build, _) = stages
    installs = re.findall(r"pip install[^&\n]+", "\n".join(each.text for each in build.instructions))
    assert len(installs) == 3
    assert [line for line in installs if "--require-hashes" not in line and "--no-index" not in line] == []


def test_it_runs_as_a_numeric_user_who_is_not_root_and_who_owns_the_volume_alone(stages):
    last = stages[-1]
    user = last.last("USER").text
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    (volume,) = last.last("VOLUME").words
    owner, group = user.split(":")
    (made,) = [each.text for each in last.instructions if each.name == "RUN"]
    assert made == f"install --directory --owner={owner} --group={group} --mode=700 {volume}"
    env = {name: value for each in last.instructions if each.name == "ENV" for name, value in each.pairs.items()}
    inside = (env["DATABASE_URL"].removeprefix("sqlite:///"), env["BLOB_DIR"], last.last("WORKDIR").text)
    assert [path for path in inside if not PurePosixPath(path).is_relative_to(volume)] == []


def test_a_stop_is_sigterm_to_the_bot_itself_and_docker_asks_for_its_health(stages):
    last = stages[-1]
    assert last.last("STOPSIGNAL").text == "SIGTERM"
    assert last.last("ENTRYPOINT").words == ["remix-bot"]
    assert last.last("CMD").words == ["run"]
    assert last.last("HEALTHCHECK").words == ["remix-bot", "health"]


def test_a_hang_is_noticed_within_90_seconds(stages):
    flags = stages[-1].last("HEALTHCHECK").flags
    interval, timeout, retries = (int(flags[name].removesuffix("s")) for name in ("interval", "timeout", "retries"))
    assert STALE_S + interval * retries + timeout <= 90


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("FROM a\nADD b c", "line 2: ADD is not understood"),
        ("FROM a\nCMD remix-bot run", "line 2: CMD has to be in exec form"),
        ("RUN x", "line 1: RUN before FROM"),
        ("FROM a\nENV A=$B", "line 2: variables are understood in FROM and RUN alone"),
        ("FROM a\nRUN b \\", "line 2: the last line goes on"),
        ("FROM a\nARG B=1", "line 2: ARG after FROM is not understood"),
        ("FROM a WITH b", "line 1: FROM IMAGE AS NAME is understood, and no more"),
    ],
)
def test_what_the_reader_does_not_understand_it_refuses(text, complaint):
    with pytest.raises(DockerfileError, match=f"^{re.escape(complaint)}$"):
        read_dockerfile(text)
