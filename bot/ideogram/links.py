"""Which result links may be fetched, and how a link may be written in a log. Pure: nothing is looked up or opened."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import PurePosixPath

from yarl import URL

from bot.ideogram.errors import LinkRefusedError

MAX_LINK_CHARS = 8192
HTTPS_PORT = 443
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class LinkRules:
    """`hosts` are exact lower-case names reached by https on its default port.

    Loopback hosts are listed with their port (`127.0.0.1:8123`, `localhost:8123`) and may be http: that is how the
    stand-in is reached. Any other host listed with a port matches nothing.
    """

    hosts: frozenset[str]

    def check(self, url: str) -> None:
        """Raises LinkRefusedError. The address behind a host's name is checked on connecting, by `allows_address`."""
        link = _parse(url)
        if link.user is not None or link.password is not None:
            raise LinkRefusedError("the link has credentials in it")
        if not self._allows_host(link):
            raise LinkRefusedError("the link's host is not on the list of allowed hosts, or it is not https")

    def allows_address(self, address: str, port: int) -> bool:
        """Whether that IP address may be connected to: a global one, or a listed loopback one with its port."""
        ip = ip_address(address.partition("%")[0])
        if ip.is_loopback:
            return any(f"{name}:{port}" in self.hosts for name in (_in_url(str(ip)), "localhost"))
        return is_public(ip)

    def _allows_host(self, link: URL) -> bool:
        host = (link.host or "").lower()
        if _is_loopback_name(host):
            return link.scheme in {"http", "https"} and f"{_in_url(host)}:{link.port}" in self.hosts
        return link.scheme == "https" and link.port == HTTPS_PORT and host in self.hosts


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether `ip` is on the open internet; for one that embeds an IPv4 address, whether that one is.

    `is_global` alone says yes to multicast, and to NAT64 and 6to4 addresses of private networks.
    """
    if isinstance(ip, IPv6Address):
        embedded = _embedded_ipv4(ip)
        if embedded is not None:
            return is_public(embedded)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def mask_url(url: str) -> str:
    """Host and the path's shape, for logs: no query (it is the secret), no ids."""
    try:
        link = _parse(url)
    except LinkRefusedError:
        return "(unreadable link)"
    *folders, last = link.raw_parts[1:] or ("",)
    shape = [part if part.isalpha() and len(part) <= len("ephemeral") else "*" for part in folders]
    return "/".join([link.host or "", *shape, f"*{_suffix(last)}"])


def _parse(url: str) -> URL:
    if len(url) > MAX_LINK_CHARS or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>'):
        raise LinkRefusedError("the link is too long, or has characters that no link has")
    try:
        link = URL(url, encoded=True)
        usable = bool(link.host) and link.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise LinkRefusedError("the link cannot be read")
    return link


def _embedded_ipv4(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _is_loopback_name(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return suffix if suffix in {".png", ".jpg", ".jpeg", ".webp"} else ""
