"""Says which proxy leads to an address, by the operator's HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from urllib.parse import urlsplit

_SECURE = {"wss": "https", "ws": "http"}
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Proxies:
    """`by_scheme` has an address for `https` and `http`, with user and password if it needs them.

    aiohttp's own `trust_env` would not do: it also takes passwords for the hosts themselves from `~/.netrc`, and it
    sends loopback addresses through the proxy.
    """

    by_scheme: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    exempt: str = ""
    """NO_PROXY: names of hosts that are reached directly, with all hosts below them, separated by commas. `*`: all."""

    def proxy_for(self, url: str) -> str | None:
        """The proxy for this address; None: it is reached directly, as loopback addresses always are."""
        parts = urlsplit(url)
        scheme, host = _SECURE.get(parts.scheme, parts.scheme), parts.hostname or ""
        proxy = self.by_scheme.get(scheme)
        if proxy is None or is_loopback(host):
            return None
        port = parts.port or _PORTS[scheme]
        return None if any(_covers(entry, host, port) for entry in self.exempt.lower().split(",")) else proxy

    def shown_for(self, url: str) -> str | None:
        """The same as a name for people: host and port, without user and password."""
        proxy = self.proxy_for(url)
        return None if proxy is None else urlsplit(proxy).netloc.rpartition("@")[2]


DIRECT = Proxies()


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY means that host: `*`, `name`, `.name` and `*.name`, each perhaps with a port."""
    name, _, only_port = entry.strip().partition(":")
    if only_port and only_port != str(port):
        return False
    name = name.removeprefix("*").removeprefix(".") if name != "*" else name
    return name == "*" or (name != "" and (host == name or host.endswith(f".{name}")))


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_one_way(proxies: Proxies, discord_urls: Iterable[str]) -> None:
    """discord.py takes one proxy for all of Discord. Raises ValueError, whose text is about the settings."""
    if len({proxies.proxy_for(url) for url in discord_urls}) > 1:
        raise ValueError(
            "NO_PROXY, HTTPS_PROXY and HTTP_PROXY must lead to Discord's API and its gateway in the same way: write "
            "discord.com,discord.gg into NO_PROXY, or neither"
        )
