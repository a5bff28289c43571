"""Responses that are kept, and those that go on from one.

A response is kept as an answer in a conversation, where the web page shows it too. The history of
`previous_response_id` is what was said up to that response and nothing that came after it: going on
from an earlier one begins another conversation with copies of what led there.
"""

import secrets
from dataclasses import replace

from api.openai.errors import RequestRefused
from api.openai.messages import Prompt
from api.openai.responses import answer_id_of
from api.openai.responses_schemas import ResponseRequest
from rag.conversations import MOST_TURNS
from rag.errors import UnknownAnswer, UnknownConversation
from rag.filters import Access
from rag.service import Service
from rag.store.conversations_base import KeptTurn
from rag.types import Answer, Turn


def answer_response(
    request: ResponseRequest, prompt: Prompt, service: Service, access: Access
) -> Answer:
    """The answer to a request, kept unless it says `store: false`.

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
        conversation_id, turns, is_newest = _up_to(request.previous_response_id, service, access)
    elif conversation_id is not None:
        service.conversations.get(conversation_id, access)
        turns = service.conversations.store.turns(conversation_id)
    answer = service.assistant.ask(
        prompt.question,
        access=access,
        history=[*(Turn(turn.role, turn.text) for turn in turns), *prompt.history][-MOST_TURNS:],
    )
    if request.store is False:
        return answer
    if conversation_id is None or not is_newest:
        conversation_id = _begin(turns, service, access)
    return service.conversations.store.append_turns(conversation_id, answer)


def _up_to(
    response_id: str, service: Service, access: Access
) -> tuple[str, tuple[KeptTurn, ...], bool]:
    """The conversation of a response, its turns up to there, and whether they are all."""
    try:
        answer = service.conversations.store.answer(answer_id_of(response_id))
        conversation_id = answer.conversation_id
        if conversation_id is None:
            raise UnknownAnswer(f"The answer of {response_id!r} is in no conversation.")
        service.conversations.get(conversation_id, access)
    except (UnknownAnswer, UnknownConversation) as exc:
        raise RequestRefused(
            f"There is no response {response_id[:80]!r} to go on from: it was not stored, or has "
            "been removed.",
            code="previous_response_not_found",
            param="previous_response_id",
        ) from exc
    turns = service.conversations.store.turns(conversation_id)
    end = [turn.answer_id for turn in turns].index(answer.id) + 1
    return conversation_id, turns[:end], end == len(turns)


def _begin(turns: tuple[KeptTurn, ...], service: Service, access: Access) -> str:
    """A conversation that begins with copies of the newest turns."""
    store = service.conversations.store
    begun = service.conversations.begin(access)
    for turn in turns[-MOST_TURNS:]:
        if turn.answer_id is not None:
            copy = replace(store.answer(turn.answer_id), id=f"ans_{secrets.token_hex(12)}")
            store.append_turns(begun.id, copy)
    return begun.id
