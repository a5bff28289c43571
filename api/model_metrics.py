"""What a server counts of its language model, for Prometheus; labels are closed sets."""

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from rag.llm.base import CallRecord
    from rag.llm.breaker import State

STATES = ("closed", "half_open", "open")
FIRST_TOKEN_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30)
CALL_BUCKETS_S = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120)


class ModelMetrics:
    """Counts calls, tokens and cost; safe to call from several threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "quoth_llm_calls",
            "Calls of the language model, by how they ended.",
            ("outcome",),
            registry=registry,
        )
        self._tokens = Counter(
            "quoth_llm_tokens",
            "Tokens of the language model.",
            ("kind",),
            registry=registry,
        )
        self._cost = Counter(
            "quoth_llm_cost",
            "What the language model has cost, in the currency of the prices that are set.",
            registry=registry,
        )
        self._first_token_s = Histogram(
            "quoth_llm_first_token_seconds",
            "From a call of the language model until it begins.",
            registry=registry,
            buckets=FIRST_TOKEN_BUCKETS_S,
        )
        self._call_s = Histogram(
            "quoth_llm_call_duration_seconds",
            "How long calls of the language model take.",
            registry=registry,
            buckets=CALL_BUCKETS_S,
        )
        self._state = Gauge(
            "quoth_llm_breaker_state",
            "1 for the state that the circuit breaker is in, in the process that tells.",
            ("state",),
            registry=registry,
            multiprocess_mode="livemostrecent",
        )

    def observe(self, call: "CallRecord") -> None:
        """Counts a call that has ended."""
        self._calls.labels(call.outcome).inc()
        self._tokens.labels("prompt").inc(call.usage.prompt_tokens)
        self._tokens.labels("completion").inc(call.usage.completion_tokens)
        self._call_s.observe(call.total_s)
        if call.cost is not None:
            self._cost.inc(call.cost)
        if call.first_token_s is not None:
            self._first_token_s.observe(call.first_token_s)

    def observe_state(self, state: "State") -> None:
        """Notes whether calls go through."""
        for each in STATES:
            self._state.labels(each).set(each == state)
