"""Names the newer endpoint in the responses of older ones, in a header and in the body, as the API does.

Source: https://developer.ideogram.ai/ideogram-api/deprecations
"""

from collections.abc import Mapping
from typing import Final

DEPRECATED_SINCE: Final = 1_777_420_800
"""The time that the reference has as its example, in seconds since 1970 (RFC 9745)."""
_PLACE = "https://developer.ideogram.ai/v2/api-reference"
_SUCCESSORS: Mapping[str, tuple[str, str]] = {
    "/v1/ideogram-v4/": ("POST /v2/image/remix/ideogram-4", f"{_PLACE}/images/remix/ideogram-4"),
    "/v1/generations/": ("GET /v2/generations/{generation_id}", f"{_PLACE}/generations/get"),
}


def successor_headers(path: str, *, deprecated: bool) -> dict[str, str]:
    """Empty for an endpoint without a successor. `Link` is on every response, `Deprecation` only once it is over."""
    found = _find(path)
    if found is None:
        return {}
    link = {"Link": f'<{found[1]}>; rel="successor-version"'}
    return link | {"Deprecation": f"@{DEPRECATED_SINCE}"} if deprecated else link


def notice(path: str, *, deprecated: bool) -> dict[str, object]:
    """The field of a successful JSON body; empty for an endpoint without a successor."""
    found = _find(path)
    if found is None:
        return {}
    state = "is deprecated" if deprecated else "is an older version"
    return {"notice": f"This endpoint {state}. Use {found[0]} instead: {found[1]}"}


def _find(path: str) -> tuple[str, str] | None:
    return next((found for prefix, found in _SUCCESSORS.items() if path.startswith(prefix)), None)
