"""What `/metrics` tells, and what it never does."""

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from rag.service import Service
from rag.settings import Settings
from tests.api.client import (
    QUESTION,
    UNANSWERABLE,
    add_key,
    client_of,
    problem_of,
)


def samples_of(client: TestClient) -> dict[tuple[str, ...], float]:
    """Values by name and label values, as a scraper reads them."""
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_method_route_and_status(client: TestClient) -> None:
    client.post("/v1/search", json={"query": QUESTION})
    client.post("/v1/search", json={})
    samples = samples_of(client)
    assert samples["quoth_http_requests_total", "POST", "/v1/search", "200"] == 1
    assert samples["quoth_http_requests_total", "POST", "/v1/search", "422"] == 1
    assert samples["quoth_http_request_duration_seconds_count", "POST", "/v1/search"] == 2


def test_paths_are_counted_as_patterns_and_unknown_ones_and_methods_together(
    client: TestClient,
) -> None:
    client.get("/v1/documents/doc_1")
    client.get("/somewhere/secret")
    client.request("BREW", "/v1/ask")
    samples = samples_of(client)
    assert samples["quoth_http_requests_total", "GET", "/v1/documents/{document_id}", "404"] == 1
    assert samples["quoth_http_requests_total", "GET", "(none)", "404"] == 1
    assert any(key[:2] == ("quoth_http_requests_total", "OTHER") for key in samples)
    assert not any("secret" in part or "BREW" in part for key in samples for part in key)


def test_answers_are_counted_by_status_with_their_stages(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": UNANSWERABLE})
    samples = samples_of(client)
    assert samples["quoth_answers_total", "extractive", "answered"] == 1
    assert samples["quoth_answers_total", "extractive", "not_found"] == 1
    assert samples["quoth_stage_duration_seconds_count", "retrieve"] == 2
    assert samples["quoth_stage_duration_seconds_count", "answer"] == 2


def test_a_stream_is_counted_and_over_in_the_end(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": QUESTION, "stream": True})
    samples = samples_of(client)
    assert samples["quoth_http_stream_first_byte_seconds_count", "/v1/ask"] == 1
    assert samples[("quoth_http_streams_in_flight",)] == 0
    # The one that asks for the metrics.
    assert samples[("quoth_http_requests_in_flight",)] == 1


def test_the_size_of_the_index_is_told(client: TestClient, service: Service) -> None:
    samples = samples_of(client)
    counts = service.documents.counts()
    assert samples[("quoth_index_documents",)] == counts.documents == 3
    assert samples[("quoth_index_chunks",)] == counts.chunks
    assert samples[("quoth_index_revision",)] == service.documents.revision()


def test_two_applications_count_apart(service: Service, settings: Settings) -> None:
    with client_of(service, settings) as one, client_of(service, settings) as other:
        one.post("/v1/search", json={"query": QUESTION})
        assert ("quoth_http_requests_total", "POST", "/v1/search", "200") not in samples_of(other)


def test_where_keys_are_needed_metrics_need_one_of_an_admin(
    client: TestClient, service: Service
) -> None:
    admin, asker = add_key(service, "admin"), add_key(service, "ask")
    assert problem_of(client.get("/metrics")) == (401, "key-missing")
    assert problem_of(client.get("/metrics", headers=asker)) == (403, "scope-missing")
    assert client.get("/metrics", headers=admin).status_code == 200


def test_a_scraper_may_ask_for_open_metrics(client: TestClient) -> None:
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    response = client.get("/metrics", headers=wanted)
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")
