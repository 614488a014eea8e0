"""The commands that the README promises, and what CI runs, are the same and exist."""

import os
import re

from tests.meta.source_files import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI_RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def first_commands() -> list[str]:
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert block is not None
    return [line.partition("#")[0].strip() for line in block.group(1).splitlines()]


def test_the_readme_begins_with_the_two_commands():
    assert first_commands() == ["make demo", "make test"]


def test_ci_ends_with_the_readmes_test_command():
    assert CI_RUN.splitlines()[-1] == first_commands()[-1]


def test_ci_stops_at_the_first_failure_and_fails_where_a_test_would_be_skipped():
    assert "\nset -euo pipefail\n" in CI_RUN
    assert "\nexport CI=true\n" in CI_RUN
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_make_command_that_is_written_down_exists():
    written = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8") + CI_RUN
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", written, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"demo", "test", "check"} <= named <= targets
