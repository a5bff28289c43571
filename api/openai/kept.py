"""Responses that are kept, and those that go on from one.

A response is kept as an answer in a conversation, where the web page shows it too. The history of
`previous_response_id` is what was said up to that response and nothing that came after it: going on
from an earlier one begins another conversation with copies of what led there.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

from api.openai.errors import RequestRefused
from api.openai.messages import Prompt
from api.openai.responses import answer_id_of, response_id_of
from api.openai.responses_schemas import ResponseRequest
from rag.conversations import MOST_TURNS
from rag.errors import UnknownAnswer, UnknownConversation
from rag.filters import Access
from rag.service import Service
from rag.store.conversations_base import KeptTurn
from rag.streaming import AnswerEvent, CompleteEvent
from rag.types import Answer, Turn


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """What is kept of a response.

    Attributes:
        previous_id: The response before it in its conversation; None for the first.
        created: Seconds since 1970.
    """

    answer: Answer
    previous_id: str | None
    created: int


def kept_response(response_id: str, service: Service, access: Access) -> KeptResponse:
    """A response that was stored; any answer in a conversation is one.

    Raises:
        RequestRefused: There is none.
    """
    found = _up_to(response_id, service, access)
    *earlier, turn = [each for each in found.turns if each.answer_id is not None]
    previous = earlier[-1].answer_id if earlier else None
    return KeptResponse(
        found.answer,
        None if previous is None else response_id_of(previous),
        int(datetime.fromisoformat(turn.created_at).timestamp()),
    )


def delete_response(response_id: str, service: Service, access: Access) -> None:
    """Removes a response that was stored, with its question, from its conversation.

    Raises:
        RequestRefused: There is none.
        UnknownAnswer: It has just been removed.
    """
    found = _up_to(response_id, service, access)
    service.conversations.store.delete_answer(found.answer.id)


def stream_response(
    request: ResponseRequest, prompt: Prompt, service: Service, access: Access
) -> Iterator[AnswerEvent]:
    """The events of the answer to a request, which is kept before the last one unless the request
    says `store: false`.

    Raises:
        RequestRefused: The response to go on from is not kept.
        UnknownConversation: There is no such conversation.
        QuestionInvalid, NothingIndexed, IndexMismatch: As in `Assistant.ask`.
    """
    given = request.conversation
    conversation_id = given if given is None or isinstance(given, str) else given.id
    turns: tuple[KeptTurn, ...] = ()
    is_newest = True
    if request.previous_response_id is not None:
        found = _up_to(request.previous_response_id, service, access, as_previous=True)
        conversation_id, turns = found.answer.conversation_id, found.turns
        is_newest = found.is_newest
    elif conversation_id is not None:
        service.conversations.get(conversation_id, access)
        turns = service.conversations.store.turns(conversation_id)
    events = service.assistant.stream(
        prompt.question,
        access=access,
        history=[*(Turn(turn.role, turn.text) for turn in turns), *prompt.history][-MOST_TURNS:],
    )
    for event in events:
        if isinstance(event, CompleteEvent) and request.store is not False:
            if conversation_id is None or not is_newest:
                conversation_id = _begin(turns, service, access)
            kept = service.conversations.store.append_turns(conversation_id, event.answer)
            yield CompleteEvent(kept)
        else:
            yield event


@dataclass(frozen=True, slots=True)
class _Found:
    """A stored response.

    Attributes:
        turns: Those of its conversation, up to it.
        is_newest: Whether they are all.
    """

    answer: Answer
    turns: tuple[KeptTurn, ...]
    is_newest: bool


def _up_to(
    response_id: str, service: Service, access: Access, *, as_previous: bool = False
) -> _Found:
    """A stored response.

    Args:
        response_id: Its id.
        service: Where it is stored.
        access: What may be seen.
        as_previous: Whether another one is to go on from it, for the refusal.

    Raises:
        RequestRefused: There is none that may be seen.
    """
    store = service.conversations.store
    try:
        answer = service.conversations.answer(answer_id_of(response_id), access)
        turns = store.turns(answer.conversation_id or "")
        end = [turn.answer_id for turn in turns].index(answer.id) + 1
    except (UnknownAnswer, UnknownConversation, ValueError) as exc:
        told = f"There is no response {response_id[:80]!r}: it was not stored, or has been removed."
        if as_previous:
            raise RequestRefused(
                told, code="previous_response_not_found", param="previous_response_id"
            ) from exc
        raise RequestRefused(told, code="response_not_found", status=HTTPStatus.NOT_FOUND) from exc
    return _Found(answer, turns[:end], end == len(turns))


def _begin(turns: tuple[KeptTurn, ...], service: Service, access: Access) -> str:
    """A conversation that begins with copies of the newest turns."""
    store = service.conversations.store
    begun = service.conversations.begin(access)
    for turn in turns[-MOST_TURNS:]:
        if turn.answer_id is not None:
            copy = replace(store.answer(turn.answer_id), id=f"ans_{secrets.token_hex(12)}")
            store.append_turns(begun.id, copy)
    return begun.id
