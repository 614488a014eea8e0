"""Decides which result links may be fetched, and masks links for logs. Pure: it resolves and opens nothing."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import PurePosixPath

from yarl import URL

from bot.ideogram.errors import HostRefusedError, LinkRefusedError

MAX_LINK_CHARS = 8192
HTTPS_PORT = 443
_NOT_IN_HOSTS = re.compile(r"[^a-z0-9.:-]")
_MAX_HOST_CHARS = 253
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


@dataclass(frozen=True, slots=True)
class LinkRules:
    """`hosts` are exact lower-case names, which must be reached by https on port 443.

    Loopback hosts are listed with their port (`127.0.0.1:8123`, `localhost:8123`) and may use http, for the stand-in
    in tests and the demo. Any other host listed with a port matches nothing.
    """

    hosts: frozenset[str]

    def check(self, url: str) -> None:
        """Raises LinkRefusedError. `allows_address` checks the address behind the name later, when connecting.

        Checking it here would not help: DNS can return another address the second time (DNS rebinding).
        """
        link = _parse(url)
        if link.user is not None or link.password is not None:
            raise LinkRefusedError("the link contains credentials")
        if not self._allows_host(link):
            reason = "the link's host is not in IDEOGRAM_IMAGE_HOSTS, or the link is not https"
            raise HostRefusedError(reason, _listed_as(link))

    def allows_address(self, address: str, port: int) -> bool:
        """Whether to connect to this IP address: it is public, or a listed loopback address with its port."""
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
    """Whether `ip`, or the IPv4 address that it embeds, is on the public internet.

    `is_global` alone is not enough: it is true for multicast, and for NAT64 and 6to4 forms of private addresses.
    """
    if isinstance(ip, IPv6Address):
        embedded = _embedded_ipv4(ip)
        if embedded is not None:
            return is_public(embedded)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def host_of(url: str) -> str:
    """The link's host as the operator would list it. Empty if the link is unreadable."""
    try:
        return _listed_as(_parse(url))
    except LinkRefusedError:
        return ""


def _listed_as(link: URL) -> str:
    """It is shown in messages, so it has only what a host can have."""
    host = _NOT_IN_HOSTS.sub("", (link.host or "").lower())[:_MAX_HOST_CHARS]
    return f"{_in_url(host)}:{link.port}" if _is_loopback_name(host) else host


def mask_url(url: str) -> str:
    """The link for logs: its host and the shape of its path, without the query, which is a secret, and without ids."""
    try:
        link = _parse(url)
    except LinkRefusedError:
        return "(unreadable link)"
    *folders, last = link.raw_parts[1:] or ("",)
    shape = [part if part.isalpha() and len(part) <= len("ephemeral") else "*" for part in folders]
    return "/".join([link.host or "", *shape, f"*{_suffix(last)}"])


def _parse(url: str) -> URL:
    if len(url) > MAX_LINK_CHARS or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>'):
        raise LinkRefusedError("the link is too long or has invalid characters")
    try:
        link = URL(url, encoded=True)
        usable = bool(link.host) and link.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise LinkRefusedError("the link is invalid")
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
