"""The stand-in for Slack as a server on loopback, in a thread of its own or as a program.

with SlackStandIn() as slack:
    WebClient(token=BOT_TOKEN, base_url=slack.api_url)
    slack.world.say("C1", "U1", "How many days of leave are there?")

python -m tests.slack.server --port 0     prints its address; driven by POST /_control/<method>
"""

import argparse
import asyncio
import dataclasses
import sys
import threading
from collections.abc import Coroutine
from typing import Any, Self

from aiohttp import web

from tests.slack.deliveries import Deliveries
from tests.slack.responses import respond
from tests.slack.web_api import WebApi
from tests.slack.world import World

_START_S = 10.0
CONTROLS = frozenset(
    {
        "say",
        "redeliver",
        "command",
        "shortcut",
        "click",
        "submit",
        "open_pane",
        "open_home",
        "fail",
        "add_user",
        "add_channel",
        "messages",
        "event_ids",
        "without_streaming",
    }
)
RECORDS = frozenset(
    {"acks", "missed", "lost", "calls", "refused", "impatient", "views", "mentions"}
)
SETTINGS = frozenset({"rate_limits", "channel_interval_s", "ack_within_s", "page_size"})


class SlackStandIn:
    """Runs while it is entered.

    Attributes:
        world: The workspace.
        url: Without a slash at the end; `api_url` is what Slack's own clients take as `base_url`.
    """

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        self.deliveries = Deliveries(self.world)
        self.url = ""
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="slack-stand-in", daemon=True)
        self._ready = threading.Event()

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(_START_S):
            raise RuntimeError("The stand-in did not start.")
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_S)

    def use_http(self, target: str | None) -> None:
        """Deliver as signed requests to this address; None: over Socket Mode again."""
        self.deliveries.target = target

    def close_sockets(self) -> None:
        """Cuts every Socket Mode connection."""
        self._do(self.deliveries.close_sockets())

    def refresh_sockets(self, reason: str = "refresh_requested") -> None:
        """Asks every app to connect anew."""
        self._do(self.deliveries.refresh_sockets(reason))

    def connections(self) -> int:
        """How many Socket Mode connections there are."""
        return len(self.deliveries.connections)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._start())
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self.deliveries.stop())
            self._loop.run_until_complete(runner.cleanup())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _start(self) -> web.AppRunner:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/api/apps.connections.open", self.deliveries.open_connection)
        app.router.add_route("*", "/api/{method}", WebApi(self.world).handle)
        app.router.add_get("/link/", self.deliveries.socket)
        app.router.add_post("/response/{key}", self._respond)
        app.router.add_post("/_control/{name}", self._control)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.world.url = self.url
        self.world.deliver = lambda kind, payload: _call_soon(
            self._loop, self.deliveries, kind, payload
        )
        return runner

    async def _respond(self, request: web.Request) -> web.Response:
        return await respond(self.world, request)

    async def _control(self, request: web.Request) -> web.Response:
        """A method of the world with its arguments as a JSON object, a record, a setting
        (`{"value": …}`), or what is done to the sockets; the answer is `{"result": …}`.
        """
        name, given = request.match_info["name"], await request.json()
        if name in CONTROLS:
            result = getattr(self.world, name)(**given)
        elif name in RECORDS:
            with self.world.lock:
                result = list(getattr(self.world, name))[given.get("after", 0) :]
        elif name in SETTINGS:
            result = setattr(self.world, name, given["value"])
        elif name == "connections":
            result = self.connections()
        elif name == "close_sockets":
            result = await self.deliveries.close_sockets()
        elif name == "use_http":
            result = self.use_http(given["target"])
        else:
            return web.json_response({"error": f"no control {name!r}"}, status=404)
        return web.json_response({"result": _plain(result)})


def _call_soon(
    loop: asyncio.AbstractEventLoop, deliveries: Deliveries, kind: str, payload: dict[str, Any]
) -> None:
    loop.call_soon_threadsafe(deliveries.start, kind, payload)


def _plain(value: Any) -> Any:
    """A value as JSON can say it; of a message also what is shown."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {**fields, "shown": value.shown} if hasattr(value, "shown") else fields
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Slack on loopback.")
    parser.add_argument("--port", type=int, default=0)
    with SlackStandIn(parser.parse_args().port) as slack:
        sys.stdout.write(f"{slack.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
