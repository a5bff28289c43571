"""Traces for OpenTelemetry, for those who ask for them: nothing is sent by default.

They are asked for with `QUOTH_OTEL=true`, or by naming where they go in OpenTelemetry's own
`OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`; its other variables hold too.
`QUOTH_OTEL=false` outweighs them.
A request is a span with the route's pattern, and its stages are spans below it. No attribute holds
a path, a query string or anything that a person wrote; that is why the spans are made here, and
neither by the framework nor by OpenTelemetry's instrumentation of it. Nothing is registered
globally.
"""

import logging
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.extras import extra
from api.metrics import METHODS, route_of
from rag.errors import ExtraMissing
from rag.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

    from rag.types import Answer

logger = logging.getLogger(__name__)

TRACED_STAGES = ("rewrite", "retrieve", "read", "answer", "generate")
"""In their order; those that an answer did not go through have no span."""

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
NS_PER_MS = 1_000_000


def open_tracing(settings: Settings, environment: Mapping[str, str]) -> "Tracing | None":
    """What makes and sends spans, where it was asked for; close it in the end.

    Args:
        settings: `otel` decides, where it is set.
        environment: Else one of its variables must name an endpoint.

    Raises:
        ExtraMissing: The settings ask for it, and OpenTelemetry is not installed.
    """
    if settings.otel is False:
        return None
    if settings.otel is None and not any(environment.get(name) for name in ENDPOINTS):
        return None
    try:
        return Tracing(_provider())
    except ExtraMissing as exc:
        if settings.otel:
            raise
        # The variable may be meant for everything that runs on this machine.
        logger.warning("%s %s", exc.message, exc.hint)
        return None


class Tracing:
    """Makes an application's spans."""

    def __init__(self, provider: "TracerProvider") -> None:
        self._provider = provider
        self.tracer: Tracer = provider.get_tracer("quoth", version("quoth"))

    def observe_answer(self, answer: "Answer") -> None:
        """Spans for an answer's stages, which have just ended, below the request's."""
        stages = [stage for stage in TRACED_STAGES if stage in answer.timings_ms]
        end_ns = time.time_ns() - sum(_stage_ns(answer, stage) for stage in stages)
        for stage in stages:
            start_ns, end_ns = end_ns, end_ns + _stage_ns(answer, stage)
            span = self.tracer.start_span(f"quoth.{stage}", start_time=start_ns)
            span.set_attribute("quoth.answer.status", answer.status)
            span.set_attribute("quoth.answer.method", answer.method)
            span.end(end_ns)

    def close(self) -> None:
        """Sends what is left."""
        self._provider.shutdown()


class TraceRequests:
    """Middleware: a span for each request, below the caller's where it names one."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = TraceContextTextMapPropagator().extract(dict(Headers(scope=scope)))
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        status = 500

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracing.tracer.start_as_current_span(
            method,
            context,
            kind=SpanKind.SERVER,
            # An exception's text may repeat what a person wrote.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                await self._app(scope, receive, watched_send)
            finally:
                span.update_name(f"{method} {route_of(scope)}")
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", route_of(scope))
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("quoth.request_id", str(scope["state"]["request_id"]))
                if status >= 500:
                    span.set_status(StatusCode.ERROR)


def _stage_ns(answer: "Answer", stage: str) -> int:
    return int(answer.timings_ms.get(stage, 0) * NS_PER_MS)


def _provider() -> "TracerProvider":
    with extra("telemetry", "Tracing with OpenTelemetry"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last and win.
    named = Resource({"service.name": "quoth", "service.version": version("quoth")})
    provider = TracerProvider(resource=named.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
