"""One process that answers HTTP: runs the application until it is told to stop.

The first SIGINT or SIGTERM lets what is being answered finish, within a time; what is not finished
then is cut off and counted. A second one ends the process at once, which loses nothing: what is
stored is stored in transactions.
"""

import asyncio
import math
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Answers until a signal.

    Args:
        app: The application.
        grace_s: Seconds that answers have to finish once it stops.
        on_started: Called when it answers, and signals are taken.
        is_worker: Whether a parent process takes the signals. Then SIGINT means nothing, and a
            second SIGTERM neither: whoever ends a whole group of processes sends it besides the
            parent.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        grace_s: float,
        on_started: Callable[[], None],
        is_worker: bool = False,
    ) -> None:
        self._cut_offs = _CutOffs(app)
        self._on_started = on_started
        self._grace_s = grace_s
        self._is_worker = is_worker
        super().__init__(
            # Requests are logged by the app, by route: paths may hold what people wrote.
            uvicorn.Config(
                self._cut_offs,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=math.ceil(grace_s),
            )
        )

    def answer(self, listener: socket.socket) -> None:
        """Answers on a listening socket until a signal; then says on standard error what was cut
        off.
        """
        self.run(sockets=[listener])
        if self._cut_offs.count:
            noun = "answer was" if self._cut_offs.count == 1 else "answers were"
            sys.stderr.write(
                f"{self._cut_offs.count} {noun} cut off after {self._grace_s:g} seconds.\n"
            )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and tells of it."""
        await super().startup(sockets)
        self._on_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does; nothing of it is left for after the end, as uvicorn would."""
        if self._is_worker and sig == signal.SIGINT:
            return
        if self.should_exit and not self._is_worker:
            os._exit(128 + sig)
        self.should_exit = True


class _CutOffs:
    """The application; counts the requests that are cancelled, which only stopping does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            # Nobody awaits this task any more: raising would only put a traceback into the log.
            self.count += 1
