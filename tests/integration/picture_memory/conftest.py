"""Runs the `remix-bot` command, as the tests of the application do."""

from tests.integration.app.conftest import default_url as default_url  # noqa: PLC0414 - a fixture
from tests.integration.app.conftest import nest as nest  # noqa: PLC0414 - a fixture
from tests.integration.app.conftest import run as run  # noqa: PLC0414 - a fixture
