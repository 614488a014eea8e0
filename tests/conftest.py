"""What holds for every test: nobody's own settings leak in, and on CI nothing that is missing is passed over."""

import os
from collections.abc import Callable

import pytest

from bot.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's real token or key must never reach a test, nor what a test starts."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def needs() -> Callable[[object, str], None]:
    """`needs(shutil.which("chromium"), "chromium")`: skips the test where that is missing; on CI that is a failure.

    For what `.ci/run` can set up. What lies outside the checkout by nature (`../shared`) is skipped with `pytest.skip`.
    """

    def check(found: object, what: str) -> None:
        if found:
            return
        if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
            pytest.fail(f"CI lacks {what}: .ci/run has to set it up", pytrace=False)
        pytest.skip(f"{what} is missing here")

    return check
