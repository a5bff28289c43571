"""`/v1/conversations`: those that are kept are listed, read, renamed and removed."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import AskerDep, ServiceDep, SettingsDep
from api.problems import problems
from api.replies import reply
from api.schemas import answer_json
from api.schemas_conversations import (
    ConversationModel,
    ConversationsModel,
    ConversationTurnsModel,
    GivenFeedbackModel,
    RenameRequest,
    TurnModel,
    conversation_json,
)
from rag.settings import Settings
from rag.store.conversations_base import KeptTurn
from rag.store.feedback_base import Feedback
from rag.types import Answer

router = APIRouter(tags=["conversations"])

MOST_AT_ONCE = 200
Limit = Annotated[int, Query(ge=1, le=MOST_AT_ONCE, description="How many at most.")]
After = Annotated[str | None, Query(max_length=100, description="`next` of the page before.")]


@router.get(
    "/v1/conversations",
    summary="List conversations",
    response_model=ConversationsModel,
    responses=problems(404),
)
def list_conversations(
    service: ServiceDep, caller: AskerDep, limit: Limit = 50, after: After = None
) -> Response:
    """Conversations, the last used first; 404 where the one in `after` is gone.

    A key sees those that it began; one with the scope `admin` sees all.
    """
    found = service.conversations.list(caller.access, limit=limit + 1, after=after)
    shown = found[:limit]
    more = shown[-1].id if len(found) > limit else None
    return reply(
        ConversationsModel(conversations=[conversation_json(each) for each in shown], next=more)
    )


@router.get(
    "/v1/conversations/{conversation_id}",
    summary="Read a conversation",
    response_model=ConversationTurnsModel,
    responses=problems(404),
)
def read_conversation(
    conversation_id: str, service: ServiceDep, settings: SettingsDep, caller: AskerDep
) -> Response:
    """What was asked and answered, oldest first, with what the caller thought of each answer."""
    conversation = service.conversations.get(conversation_id, caller.access)
    given = service.feedback.of_conversation(conversation_id, rater=caller.key_id or "")
    turns = service.conversations.turns(conversation_id, caller.access)
    shown = conversation_json(conversation).model_dump()
    return reply(
        ConversationTurnsModel(
            **shown, turns=[_turn_json(*each, given, settings) for each in turns]
        )
    )


@router.patch(
    "/v1/conversations/{conversation_id}",
    summary="Rename a conversation",
    response_model=ConversationModel,
    responses=problems(404),
)
def rename_conversation(
    conversation_id: str, wanted: RenameRequest, service: ServiceDep, caller: AskerDep
) -> Response:
    """Gives a conversation another title, which is kept as it is sent."""
    service.conversations.get(conversation_id, caller.access)
    renamed = service.conversations.store.rename(conversation_id, wanted.title)
    return reply(conversation_json(renamed))


@router.delete(
    "/v1/conversations/{conversation_id}",
    summary="Remove a conversation",
    status_code=204,
    response_class=Response,
    responses=problems(404),
)
def delete_conversation(conversation_id: str, service: ServiceDep, caller: AskerDep) -> Response:
    """Removes a conversation with its answers and what was thought of them."""
    service.conversations.get(conversation_id, caller.access)
    service.conversations.store.delete(conversation_id)
    return Response(status_code=204)


def _turn_json(
    turn: KeptTurn, answer: Answer | None, given: dict[str, Feedback], settings: Settings
) -> TurnModel:
    feedback = None
    if found := given.get(turn.answer_id or ""):
        feedback = GivenFeedbackModel(rating=found.rating, comment=found.comment)
    return TurnModel(
        role=turn.role,
        text=turn.text,
        created_at=turn.created_at,
        answer=None if answer is None else answer_json(answer, settings),
        feedback=feedback,
    )
