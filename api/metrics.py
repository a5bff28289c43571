"""What a server counts and measures of itself, for Prometheus.

Labels are closed sets: route patterns, methods, statuses and stages, never a path, an id or
anything that a person wrote. Each application has a registry of its own. Where several worker
processes share a folder (`PROMETHEUS_MULTIPROC_DIR`, set before this module is imported), each of
them tells the figures of all.
"""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.model_metrics import ModelMetrics

if TYPE_CHECKING:
    from rag.service import Service
    from rag.types import Answer

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client itself is told of the shared folder."""

NO_ROUTE = "(none)"
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
STAGES = ("retrieve", "read", "answer")
MODEL_STAGES = ("rewrite", "prompt", "first_token", "generate", "verify")
REQUEST_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30)
STAGE_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counts what an application does; safe to call from several threads.

    Args:
        version: Quoth's.
        shared_folder: Where the worker processes keep their figures; None for one process.
    """

    def __init__(self, version: str, shared_folder: str | None = None) -> None:
        self._shared_folder = shared_folder
        self._also_told: list[Callable[[Answer], None]] = []
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "quoth_http_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._request_s = Histogram(
            "quoth_http_request_duration_seconds",
            "From a request's arrival to the last byte of its answer.",
            ("method", "route"),
            registry=registry,
            buckets=REQUEST_BUCKETS_S,
        )
        self._first_byte_s = Histogram(
            "quoth_http_stream_first_byte_seconds",
            "From a request's arrival to the first byte of a streamed answer.",
            ("route",),
            registry=registry,
            buckets=REQUEST_BUCKETS_S,
        )
        self._in_flight = Gauge(
            "quoth_http_requests_in_flight",
            "Requests that are being answered, streams among them.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._streams = Gauge(
            "quoth_http_streams_in_flight",
            "Answers that are being streamed.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._answers = Counter(
            "quoth_answers", "Questions answered.", ("status", "method"), registry=registry
        )
        self._stage_s = Histogram(
            "quoth_stage_duration_seconds",
            "What a question took, by stage.",
            ("stage",),
            registry=registry,
            buckets=STAGE_BUCKETS_S,
        )
        self._index = {
            name: Gauge(
                f"quoth_index_{name}", text, registry=registry, multiprocess_mode="mostrecent"
            )
            for name, text in (
                ("documents", "Documents in the index."),
                ("chunks", "Passages in the index."),
                ("files", "Files known, those that cannot be read among them."),
                ("failed_files", "Files that cannot be read."),
                ("revision", "Grows with every change of the index."),
            )
        }
        self._model = ModelMetrics(registry)
        self._waiting = Gauge(
            "quoth_encoder_queue",
            "Questions that wait for the model, in the process that tells.",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        built = Gauge(
            "quoth_build_info",
            "Always 1; the version is in the label.",
            ("version",),
            registry=registry,
            multiprocess_mode="max",
        )
        built.labels(version).set(1)

    @classmethod
    def from_environment(cls, version: str) -> "Metrics":
        """With the shared folder that the environment names."""
        return cls(version, os.environ.get(SHARED_FOLDER))

    def also_tell(self, observer: "Callable[[Answer], None]") -> None:
        """Lets something else see every answer too."""
        self._also_told.append(observer)

    def observe_answer(self, answer: "Answer") -> None:
        """Counts an answer by its status, and its stages."""
        for observer in self._also_told:
            observer(answer)
        self._answers.labels(answer.status, answer.method).inc()
        for stage in (*STAGES, *MODEL_STAGES):
            if stage in answer.timings_ms:
                self._stage_s.labels(stage).observe(answer.timings_ms[stage] / 1000)

    def watch(self, service: "Service") -> None:
        """Counts the calls of the service's language model from now on, where it has one."""
        if service.assistant.generation is not None:
            service.assistant.generation.watch(self._model.observe)

    def observe_service(self, service: "Service") -> None:
        """Notes how large the index is now, how many questions wait, and whether the language
        model is left alone.
        """
        if service.assistant.generation is not None:
            self._model.observe_state(service.assistant.generation.model.state)
        documents = service.documents
        counts = documents.counts()
        self._waiting.set(service.encoder.waiting)
        self._index["documents"].set(counts.documents)
        self._index["chunks"].set(counts.chunks)
        self._index["files"].set(counts.files)
        self._index["failed_files"].set(counts.failed)
        self._index["revision"].set(documents.revision())

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """All figures, in the text format that the `Accept` header asks for, and its media type."""
        registry = self._registry
        if self._shared_folder:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self._shared_folder)  # type: ignore[no-untyped-call]
        encode, media_type = choose_encoder(accept)
        return encode(registry), media_type

    def request_began(self) -> None:
        """One more request is being answered."""
        self._in_flight.inc()

    def stream_began(self, route: str, elapsed_s: float) -> None:
        """The first byte of a streamed answer is on its way."""
        self._streams.inc()
        self._first_byte_s.labels(route).observe(elapsed_s)

    def request_ended(
        self, method: str, route: str, status: int, elapsed_s: float, *, streamed: bool
    ) -> None:
        """A request is answered, or its client is gone."""
        self._in_flight.dec()
        if streamed:
            self._streams.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._request_s.labels(method, route).observe(elapsed_s)


class MeasureRequests:
    """Middleware: counts requests by route, and how long they take."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        opens_stream = streamed = False

        async def watched_send(message: Message) -> None:
            nonlocal status, opens_stream, streamed
            if message["type"] == "http.response.start":
                status = message["status"]
                media_type = Headers(raw=message.get("headers", [])).get("content-type", "")
                opens_stream = media_type.startswith("text/event-stream")
            await send(message)
            if opens_stream and not streamed and message.get("body"):
                streamed = True
                self._metrics.stream_began(route_of(scope), time.perf_counter() - started)

        self._metrics.request_began()
        try:
            await self._app(scope, receive, watched_send)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            self._metrics.request_ended(
                method, route_of(scope), status, time.perf_counter() - started, streamed=streamed
            )


def route_of(scope: Scope) -> str:
    """The pattern of the route that took a request, known once it was routed."""
    return getattr(scope.get("route"), "path", NO_ROUTE)
