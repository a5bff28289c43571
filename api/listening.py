"""Where the server may be reached, and the socket it listens on.

Without a key only this machine may reach it: everybody else could read every document.
"""

import ipaddress
import socket

from rag.errors import SettingsInvalid

BACKLOG = 2048
"""Connections that wait while all workers are busy, or the model is being loaded."""


ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""What stands for every address of this machine, and the one by which it reaches itself."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; a name other than `localhost` may lead
    anywhere.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_key(host: str, *, has_key: bool) -> None:
    """Refuses to be reached from other machines by whoever likes.

    Raises:
        SettingsInvalid: The host is not loopback, and there is no key.
    """
    if not has_key and not is_loopback(host):
        raise SettingsInvalid(
            f"Quoth does not listen on {host!r} without a key: other machines could read every "
            "document.",
            hint="Make a key with `quoth keys add NAME` first, or listen on 127.0.0.1.",
        )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `::` takes IPv4 too where the system can do both with one.

    Args:
        host: An address or a name of this machine.
        port: 0 to 65535; 0 takes a free one.

    Raises:
        SettingsInvalid: The port is taken or may not be used, or this machine has no such address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(
            (str(address[0]), port), family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except (OSError, UnicodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "the name is not valid"
        raise SettingsInvalid(
            f"Quoth cannot listen on port {port!r} of {host!r}: {reason}.",
            hint="Choose another port with --port (0 takes any free one), or an address of this "
            "machine with --host.",
        ) from exc


def url_of(host: str, listener: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    named = ALL_ADDRESSES.get(host, host)
    shown = f"[{named}]" if ":" in named else named
    return f"http://{shown}:{listener.getsockname()[1]}"
