"""`/v1/feedback`: what people think of answers is kept, listed, and exported as questions."""

import json

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from api.deps import AdminDep, AskerDep, ServiceDep
from api.problems import problems
from api.replies import reply
from api.routes.conversations import After, Limit
from api.schemas_conversations import (
    AnsweredFeedbackModel,
    FeedbackModel,
    FeedbackPageModel,
    FeedbackRequest,
    feedback_json,
)
from rag.evaluation.from_feedback import all_feedback, history_in, question_lines
from rag.store.feedback_base import Feedback
from rag.types import Answer

router = APIRouter(tags=["feedback"])

JSON_LINES = "application/jsonl"
LINE_EXAMPLE = (
    '{"id": "ans_0c31…", "question": "How long is parental leave?", "answerable": true, '
    '"sources": ["hr/leave.md"], …}\n'
)


@router.post(
    "/v1/feedback",
    summary="Say what you think of an answer",
    response_model=FeedbackModel,
    responses=problems(404),
)
def give_feedback(given: FeedbackRequest, service: ServiceDep, caller: AskerDep) -> Response:
    """Keeps a rating and a comment in place of those given before with the same key.

    Only answers within conversations are kept, and so can be rated.
    """
    service.conversations.answer(given.answer_id, caller.access)
    kept = service.feedback.put(
        given.answer_id, given.rating, given.comment, rater=caller.key_id or ""
    )
    return reply(feedback_json(kept))


@router.get(
    "/v1/feedback",
    summary="List feedback",
    response_model=FeedbackPageModel,
    responses=problems(404),
)
def list_feedback(
    service: ServiceDep, caller: AdminDep, limit: Limit = 100, after: After = None
) -> Response:
    """Everybody's feedback with what was asked and said, the last given first."""
    found = service.feedback.list(limit=limit + 1, after=after)
    shown = [_with_answer(feedback, answer) for feedback, answer in found[:limit]]
    more = found[limit - 1][0].cursor if len(found) > limit else None
    return reply(FeedbackPageModel(feedback=shown, next=more))


@router.get(
    "/v1/feedback/export",
    summary="Export feedback as an evaluation set",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One question a line, as `quoth eval FILE` reads it.",
            "content": {JSON_LINES: {"schema": {"type": "string"}, "example": LINE_EXAMPLE}},
        },
        **problems(),
    },
)
def export_feedback(service: ServiceDep, caller: AdminDep) -> Response:
    """Answers that were liked become questions with what they should be answered from."""
    history_of = history_in(service.conversations.store)
    lines = question_lines(all_feedback(service.feedback), history_of=history_of)
    return StreamingResponse(
        (json.dumps(line, ensure_ascii=False) + "\n" for line in lines), media_type=JSON_LINES
    )


@router.delete(
    "/v1/feedback/{answer_id}",
    summary="Take feedback back",
    status_code=204,
    response_class=Response,
    responses=problems(404),
)
def delete_feedback(answer_id: str, service: ServiceDep, caller: AskerDep) -> Response:
    """Removes what was said of an answer with the same key, if anything was; 404 where there is no
    answer.
    """
    service.conversations.answer(answer_id, caller.access)
    service.feedback.delete(answer_id, rater=caller.key_id or "")
    return Response(status_code=204)


def _with_answer(feedback: Feedback, answer: Answer) -> AnsweredFeedbackModel:
    return AnsweredFeedbackModel(
        **feedback_json(feedback).model_dump(),
        question=answer.question,
        answer=answer.text,
        status=answer.status,
        rater=feedback.rater,
    )
