"""A language model behind OpenAI's wire format, through the official client.

Invariants: a call ends within its time, whatever the server does (a thread of its own reads, and
the asker waits no longer than that); no more calls run at a time than were allowed, threads that
wait for a server that hangs among them; the key is in no message, log or repr.
"""

import importlib
import logging
import threading
import time
from collections.abc import Generator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from rag.errors import ExtraMissing, LanguageModelFailed
from rag.llm.base import NO_USAGE, CallRecord, End, Message, OnCall, Outcome, TokenUsage
from rag.llm.breaker import Breaker, State
from rag.llm.calls import Call, Stopwatch
from rag.llm.failures import failure_of, retry_delay_s
from rag.llm.wire import Dialect, Reading, adapted, arguments_of

if TYPE_CHECKING:
    from openai import OpenAI

logger = logging.getLogger(__name__)

INSTALL_HINT = "Install it with `pip install 'quoth[llm]'`."
NO_KEY = "none"
"""Sent where no key was set: servers that need none take any."""

AZURE_DEPLOYMENTS = "/openai/deployments/"
AZURE_API_VERSION = "2024-10-21"
"""The newest stable one of Azure's older addresses; those that end in `/openai/v1` need none."""

CONNECT_S = 5.0


class OpenAIModel:
    """A model at an address that speaks chat completions.

    Args:
        base_url: As `http://localhost:11434/v1`.
        name: The model's name there.
        api_key: The key; None where the server needs none.
        first_token_s: How long the model may take to begin, waiting and retries included.
        retries: How often a call is tried again before any text came.
        concurrency: How many calls run at a time.
        prices: Of a million prompt tokens and a million answer tokens; None where none were set.
        breaker: Opens when calls keep failing.
    """

    def __init__(
        self,
        *,
        base_url: str,
        name: str,
        api_key: str | None = None,
        first_token_s: float = 10.0,
        retries: int = 1,
        concurrency: int = 4,
        prices: tuple[float, float] | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        if find_spec("openai") is None:
            raise ExtraMissing("A language model needs the package 'openai'.", hint=INSTALL_HINT)
        self.name = name
        self._base_url = base_url
        self._api_key = api_key
        self._first_token_s = first_token_s
        self._retries = retries
        self._slots = threading.BoundedSemaphore(concurrency)
        self._prices = prices
        self._breaker = breaker or Breaker()
        self._dialect = Dialect()
        self._making = threading.Lock()
        self._made: OpenAI | None = None
        self._told: list[OnCall] = []

    def __repr__(self) -> str:
        return f"OpenAIModel({self.name!r} at {self._base_url!r})"

    @property
    def state(self) -> State:
        """Whether calls go through: that of the circuit breaker."""
        return self._breaker.state

    def watch(self, on_call: OnCall) -> None:
        """Lets something see every call, once it has ended."""
        self._told.append(on_call)

    def prepare(self) -> None:
        """Imports the client, which takes a quarter of a second or more."""
        self._client()

    def close(self) -> None:
        """Closes the connections."""
        with self._making:
            if self._made is not None:
                self._made.close()

    def cost_of(self, usage: TokenUsage) -> float | None:
        """In the currency of the prices; None where none were set."""
        if self._prices is None:
            return None
        price_in, price_out = self._prices
        return (usage.prompt_tokens * price_in + usage.completion_tokens * price_out) / 1e6

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, timeout_s: float
    ) -> Generator[str | End]:
        """See `LanguageModel.stream`."""
        pieces = self._pieces(messages, max_tokens, timeout_s)
        next(pieces)
        return pieces

    def _pieces(
        self, messages: Sequence[Message], max_tokens: int, timeout_s: float
    ) -> Generator[str | End]:
        """An empty piece when the call has begun, then what comes of it."""
        watch = Stopwatch(time.monotonic())
        outcome: Outcome = "left"
        usage = NO_USAGE
        begin_by = watch.started + min(self._first_token_s, timeout_s)
        try:
            call = self._begun(messages, max_tokens, begin_by)
            try:
                yield ""
                for item in call.items(begin_by, watch.started + timeout_s, watch):
                    if isinstance(item, End):
                        usage = item.usage
                        outcome = _OUTCOMES[item.reason]
                    yield item
            finally:
                call.abandon()
        except LanguageModelFailed as exc:
            outcome = exc.kind
            logger.warning("The language model failed (%s): %s", exc.kind, exc.message)
            raise
        finally:
            self._end(outcome, usage, watch)

    def _begun(self, messages: Sequence[Message], max_tokens: int, begin_by: float) -> Call:
        if not self._breaker.allows():
            raise LanguageModelFailed(
                "The language model has failed several times and is left alone for a moment.",
                hint="It is tried again within half a minute.",
                kind="resting",
            )
        if not self._slots.acquire(timeout=max(0.0, begin_by - time.monotonic())):
            raise LanguageModelFailed(
                "The language model is busy with other questions.",
                hint="Ask again later, or set QUOTH_LLM_CONCURRENCY higher.",
                kind="busy",
            )
        call = Call(lambda heard: self._read(messages, max_tokens, begin_by, heard))
        call.start(self._slots.release)
        return call

    def _read(
        self, messages: Sequence[Message], max_tokens: int, begin_by: float, call: Call
    ) -> None:
        """Runs in the call's thread: tries until text comes, or nothing more may be tried."""
        tries = 0
        while not call.is_abandoned:
            reading = Reading(messages, max_tokens)
            try:
                self._read_once(reading, begin_by, call)
            except Exception as exc:  # noqa: BLE001 - any bytes at all may come from a server
                dialect = adapted(self._dialect, exc)
                if dialect is not None and not reading.has_spoken:
                    self._dialect = dialect
                    continue
                failure = failure_of(exc, self._base_url, self.name, spoke=reading.has_spoken)
                delay_s = retry_delay_s(exc, tries)
                tries += 1
                late = delay_s is None or time.monotonic() + delay_s >= begin_by
                if reading.has_spoken or tries > self._retries or late:
                    call.put(failure)
                    return
                call.wait(delay_s or 0.0)
            else:
                return

    def _read_once(self, reading: Reading, begin_by: float, call: Call) -> None:
        import openai

        left_s = max(0.1, begin_by - time.monotonic())
        timeout = openai.Timeout(self._first_token_s, connect=min(CONNECT_S, left_s))
        arguments = arguments_of(self.name, reading, self._dialect)
        stream = self._client().chat.completions.create(**arguments, stream=True, timeout=timeout)
        call.hold(stream.response)
        try:
            for piece in reading.pieces(stream):
                call.put(piece)
                if call.is_abandoned:
                    break
        finally:
            stream.close()

    def _client(self) -> "OpenAI":
        with self._making:
            if self._made is None:
                openai = importlib.import_module("openai")
                key = self._api_key or NO_KEY
                is_azure = AZURE_DEPLOYMENTS in self._base_url or "azure.com" in self._base_url
                is_old = AZURE_DEPLOYMENTS in self._base_url
                made: OpenAI = openai.OpenAI(
                    base_url=self._base_url,
                    api_key=key,
                    max_retries=0,
                    default_headers={"api-key": key} if is_azure else None,
                    default_query={"api-version": AZURE_API_VERSION} if is_old else None,
                )
                self._made = made
            return self._made

    def _end(self, outcome: Outcome, usage: TokenUsage, watch: "Stopwatch") -> None:
        if outcome in _THERE:
            self._breaker.succeeded()
        elif outcome in _UNDECIDED:
            if outcome != "resting":
                self._breaker.undecided()
        else:
            self._breaker.failed()
        record = CallRecord(
            outcome,
            usage,
            watch.began_s,
            time.monotonic() - watch.started,
            self.cost_of(usage),
        )
        for told in self._told:
            told(record)


_OUTCOMES: dict[str, Outcome] = {"stop": "done", "length": "cut", "filtered": "filtered"}
_THERE = ("done", "cut", "filtered")
_UNDECIDED = ("left", "busy", "resting", "unusable")
"""A model that declines, or is asked by too many, is there."""
