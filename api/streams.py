"""Events of the engine, which blocks, brought to the event loop one at a time.

A model takes seconds to write. So its streams have threads of their own, one for each stream and no
more, and leave those of the thread pool to requests that are answered at once. An event is made
when the one before it was taken; a stream that is left is closed, which ends the model's call.
"""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import TypeVar, cast

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import Request

from rag.streaming import AnswerEvent, CompleteEvent, StatusEvent
from rag.types import Answer

_Event = TypeVar("_Event")
_Made = TypeVar("_Made")

STREAMS_AT_ONCE = 64
"""Answers that a model is writing, or that wait for it; further ones wait without a thread."""

_END = object()


def model_threads(request: Request) -> CapacityLimiter:
    """The threads that wait for a model, of the application that a request came to."""
    state = request.app.state
    limiter = getattr(state, "model_threads", None)
    if limiter is None:
        limiter = state.model_threads = CapacityLimiter(STREAMS_AT_ONCE)
    return cast(CapacityLimiter, limiter)


async def in_thread(make: Callable[[], _Made], limiter: CapacityLimiter) -> _Made:
    """What a function gives that waits for a model."""
    return await to_thread.run_sync(make, limiter=limiter)


async def one_by_one(events: Iterator[_Event], limiter: CapacityLimiter) -> AsyncIterator[_Event]:
    """The events of a generator, each as soon as it is made; it is closed in the end."""
    try:
        while (event := await to_thread.run_sync(next, events, _END, limiter=limiter)) is not _END:
            yield cast(_Event, event)
    finally:
        if isinstance(events, Generator):
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(events.close, limiter=limiter)


def answering(
    events: Iterator[AnswerEvent], on_answer: Callable[[Answer], None]
) -> Iterator[AnswerEvent]:
    """The events of a model's answer from `answering` on, when it has come as far: what fails
    before, as a question that is too long, fails now.

    Args:
        events: All of them.
        on_answer: Told of the answer.
    """
    for event in events:
        if isinstance(event, StatusEvent) and event.stage == "answering":
            return _counted(event, events, on_answer)
    raise AssertionError("A stream says when it is answering.")


def _counted(
    first: AnswerEvent, events: Iterator[AnswerEvent], on_answer: Callable[[Answer], None]
) -> Iterator[AnswerEvent]:
    yield first
    for event in events:
        if isinstance(event, CompleteEvent):
            on_answer(event.answer)
        yield event
