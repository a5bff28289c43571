"""Traces: what is in them, what is not, and that nobody gets any without asking."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.app import create_app
from api.telemetry import Tracing, open_tracing
from rag.service import Service
from rag.settings import Settings
from tests.api.client import HOST, QUESTION

ROOT = Path(__file__).parents[2]
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(
    service: Service, settings: Settings, exporter: InMemorySpanExporter
) -> Iterator[TestClient]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = create_app(settings, service, tracing=Tracing(provider))
    with TestClient(app, base_url=HOST, raise_server_exceptions=False) as client:
        yield client


def by_name(spans: Sequence[ReadableSpan]) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans}


def test_a_request_is_a_span_with_its_stages_below(
    traced: TestClient, exporter: InMemorySpanExporter
) -> None:
    traced.post("/v1/ask", json={"question": QUESTION}, headers={"X-Request-Id": "req-1"})
    spans = by_name(exporter.get_finished_spans())
    assert set(spans) == {"POST /v1/ask", "quoth.retrieve", "quoth.answer"}
    request = spans["POST /v1/ask"]
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/v1/ask",
        "http.response.status_code": 200,
        "quoth.request_id": "req-1",
    }
    retrieve, answer = spans["quoth.retrieve"], spans["quoth.answer"]
    assert retrieve.parent is not None
    assert request.context is not None
    assert retrieve.parent.span_id == request.context.span_id
    assert retrieve.start_time < retrieve.end_time == answer.start_time <= answer.end_time


def test_a_streamed_answer_has_the_same_spans(
    traced: TestClient, exporter: InMemorySpanExporter
) -> None:
    traced.post("/v1/ask", json={"question": QUESTION, "stream": True})
    assert set(by_name(exporter.get_finished_spans())) == {
        "POST /v1/ask",
        "quoth.retrieve",
        "quoth.answer",
    }


def test_a_request_stands_below_the_caller_s_span(
    traced: TestClient, exporter: InMemorySpanExporter
) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    traced.get("/healthz", headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    (span,) = exporter.get_finished_spans()
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == trace_id


def test_nothing_that_people_wrote_is_in_a_span(
    traced: TestClient, exporter: InMemorySpanExporter
) -> None:
    traced.post("/v1/ask?q=secret", json={"question": "The secret?"})
    traced.post("/v1/ask", json={"question": "secret", "filters": {"secret": "secret"}})
    traced.get("/secret")
    traced.get("/v1/documents/secret")
    told = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "secret" not in told


@pytest.mark.parametrize(
    ("otel", "environment", "traces"),
    [
        (None, {}, False),
        (None, ENDPOINT, True),
        (True, {}, True),
        (False, ENDPOINT, False),
    ],
)
def test_traces_are_made_only_where_they_are_asked_for(
    otel: bool | None, environment: dict[str, str], traces: bool
) -> None:
    tracing = open_tracing(Settings(otel=otel), environment)
    assert (tracing is not None) is traces
    if tracing is not None:
        tracing.close()


@pytest.mark.parametrize(
    ("otel", "said"),
    [("True", "ExtraMissing: pip install 'quoth[telemetry]'"), ("None", "None")],
)
def test_without_the_package_it_is_an_error_only_for_who_asked(otel: str, said: str) -> None:
    code = f"""
import sys
sys.modules["opentelemetry"] = None
from api.telemetry import open_tracing
from rag.settings import Settings
try:
    print(open_tracing(Settings(otel={otel}), {ENDPOINT!r}))
except Exception as exc:
    print(type(exc).__name__ + ":", exc.hint.partition("`")[2].partition("`")[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == said


def test_the_framework_sends_nothing_by_itself(tmp_path: Path) -> None:
    code = f"""
from fastapi.testclient import TestClient
from opentelemetry import metrics, trace
from api.app import create_app
from rag.settings import Settings
from tests.api.client import HOST, open_hashed_service
from pathlib import Path
settings = Settings(data_dir=Path({str(tmp_path / "data")!r}))
with open_hashed_service(settings, {{}}) as service:
    with TestClient(create_app(settings, service), base_url=HOST) as client:
        client.get("/healthz")
print(type(trace.get_tracer_provider()).__name__, type(metrics.get_meter_provider()).__name__)
"""
    environment = {**os.environ, **ENDPOINT, "FASTAPI_OTEL_AUTO_CONFIGURE": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    assert done.stdout.split() == ["ProxyTracerProvider", "_ProxyMeterProvider"]
