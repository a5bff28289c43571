"""Where the server may be reached, and by whom."""

import socket
from contextlib import closing

import pytest

from api.listening import is_loopback, listen, require_key, url_of
from rag.errors import SettingsInvalid
from rag.service import Service
from rag.settings import Settings
from tests.api.client import QUESTION, add_key, client_of, problem_of

LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "localhost"]
ELSEWHERE = ["0.0.0.0", "192.168.1.5", "::", "", "example.org", "localhost.example.org"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_this_machine_needs_no_key(host: str) -> None:
    assert is_loopback(host)
    require_key(host, has_key=False)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_other_machines_need_a_key(host: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        require_key(host, has_key=False)
    assert repr(host) in caught.value.message
    assert "quoth keys add" in caught.value.hint
    require_key(host, has_key=True)


def test_a_port_that_is_taken_is_told() -> None:
    with closing(listen("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(SettingsInvalid, match=f"port {port} of '127.0.0.1'"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.77", "no-such-host.invalid", "a" * 300])
def test_an_address_that_is_not_this_machine_s_is_told(host: str) -> None:
    with pytest.raises(SettingsInvalid, match="cannot listen"):
        listen(host, 0)


def test_all_addresses_of_both_kinds_are_listened_to() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this system has no IPv6")
    with closing(listen("::", 0)) as listener:
        port = listener.getsockname()[1]
        assert url_of("::", listener) == f"http://[::1]:{port}"
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=5).close()


def test_a_server_for_other_machines_stays_shut_when_its_last_key_is_revoked(
    service: Service, settings: Settings
) -> None:
    headers = add_key(service, "ask")
    for_others = settings.model_copy(update={"host": "0.0.0.0"})
    with client_of(service, for_others) as client:
        asked = {"query": QUESTION}
        assert client.post("/v1/search", json=asked, headers=headers).status_code == 200
        service.keys.revoke(service.keys.list()[0].id)
        assert problem_of(client.post("/v1/search", json=asked)) == (401, "key-missing")
