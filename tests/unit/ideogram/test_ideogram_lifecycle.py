"""What a response says about its endpoint: that there is a newer one, or that it is deprecated."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ideogram.lifecycle import Lifecycle, read_lifecycle

PAGE = "https://developer.ideogram.ai/v2/api-reference/images/remix/ideogram-4"
LINK = {"link": f'<{PAGE}>; rel="successor-version"'}
SINCE = datetime(2026, 4, 29, tzinfo=UTC)
OLDER = b'{"notice": "This endpoint is an older version. Use POST /v2/x instead: https://x"}'
OVER = b'{"notice": "This endpoint is deprecated. Use POST /v2/x instead: https://x"}'


@pytest.mark.parametrize(
    ("headers", "body", "read"),
    [
        ({}, b"", None),
        ({}, b"{}", None),
        ({"Deprecation": "?0"}, b"", None),
        (LINK, b"", Lifecycle(is_deprecated=False, successor=PAGE)),
        ({"Link": LINK["link"].replace('"', "")}, b"", Lifecycle(is_deprecated=False, successor=PAGE)),
        ({}, OLDER, Lifecycle(is_deprecated=False)),
        (LINK | {"Deprecation": "@1777420800"}, OVER, Lifecycle(True, SINCE, PAGE)),
        ({"deprecation": "Wed, 29 Apr 2026 00:00:00 GMT"}, b"", Lifecycle(True, SINCE)),
        ({"Deprecation": "true"}, b"", Lifecycle(is_deprecated=True)),
        ({"Deprecation": "@999999999999"}, b"", Lifecycle(is_deprecated=True)),
        ({}, OVER, Lifecycle(is_deprecated=True)),
        ({"Link": '<https://elsewhere.example/x>; rel="successor-version"'}, b"", None),
        ({"Link": '<https://ideogram.ai.example/x>; rel="successor-version"'}, b"", None),
        ({"Link": f'<{PAGE}?sig=1>; rel="successor-version"'}, b"", None),
        ({"Link": f'<{PAGE}>; rel="next"'}, b"", None),
    ],
)
def test_a_response_says_whether_its_endpoint_is_older_or_deprecated(headers, body, read):
    assert read_lifecycle(headers, body) == read


@given(st.text(max_size=60), st.text(max_size=60), st.binary(max_size=60))
def test_no_header_and_no_body_makes_an_error(deprecation, link, body):
    read_lifecycle({"Deprecation": deprecation, "Link": link}, b'{"notice": ' + body)
