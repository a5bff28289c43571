"""Which names a request may reach this server by, and which pages may send it changes.

A page of another site can make a browser send requests here, under a name of its own that it lets
point to this machine ("DNS rebinding"). So the Host must be a name this server has, and a request
that changes something must not come from a page of another origin.
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ErrorKind
from api.problems import problem
from rag.settings import Settings

MISDIRECTED = ErrorKind("misdirected", 1, 421, "The request names another host")
FOREIGN_ORIGIN = ErrorKind("foreign-origin", 1, 403, "The request comes from another site's page")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")


class HostCheck:
    """Lets requests through that name this server, and changes that no foreign page has sent.

    A Host may be this machine's loopback, `settings.host`, the host of `settings.public_url`, or
    one of `settings.allowed_hosts`; where the server listens on all addresses, any address written
    in numbers, which no name can be made to point from. An Origin must be the Host's,
    `public_url`'s or one of `settings.cors_origins`; programs send none.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        public = urlsplit(settings.public_url or "")
        self._app = app
        self._names = _names((settings.host, public.hostname or "", *settings.allowed_hosts))
        self._any_address = settings.host in ("", "0.0.0.0", "::")
        given = (settings.public_url, *settings.cors_origins)
        self._origins = {origin for each in given if each and (origin := _origin(each))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("Host", ""), headers.get("Origin")
        request_id = str(scope["state"]["request_id"])
        if not self._is_ours(host):
            refusal = problem(
                request_id,
                MISDIRECTED,
                "This server does not go by the name in the request's Host header.",
                "Add the name to QUOTH_ALLOWED_HOSTS, or set QUOTH_PUBLIC_URL.",
            )
        elif scope["method"] not in SAFE_METHODS and not self._may_change(origin, host):
            refusal = problem(
                request_id,
                FOREIGN_ORIGIN,
                "A page of another origin may not change anything here.",
                "Add its origin to QUOTH_CORS_ORIGINS, if it is yours.",
            )
        else:
            await self._app(scope, receive, send)
            return
        await refusal(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = _normal(match["name"])
        if name == "localhost" or name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self._any_address

    def _may_change(self, origin: str | None, host: str) -> bool:
        if origin is None:
            return True
        found = _origin(origin)
        if found is None:
            return False
        # Behind a proxy that ends TLS the scheme differs: name and port decide.
        scheme, *place = found
        return found in self._origins or _origin(f"{scheme}://{host}") == (scheme, *place)


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(_normal(name) for name in names if name)


def _normal(name: str) -> str:
    return name.lower().strip("[]").rstrip(".")


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, name and port of an http origin; None for anything else, as `null`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    return parts.scheme, _normal(parts.hostname), port or _DEFAULT_PORTS[parts.scheme]
