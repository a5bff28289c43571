"""An example of every request and reply that a developer meets first, for the API's description.

All of them tell of one document, and are what the API says of it: "# Leave policy", a blank line,
and "Parental leave is sixteen weeks long. It is paid in full by the company."

They stand here and not beside the models, because a model's own examples come out with their fields
sorted by name.
"""

from typing import Any

Example = dict[str, Any]

_QUESTION = "How long is parental leave?"
_QUOTE = "Parental leave is sixteen weeks long."
_PASSAGE = f"{_QUOTE} It is paid in full by the company."
_ANSWER_TEXT = f"{_QUOTE} [1]"
_SHORT_ANSWER = "sixteen weeks"
_SHOWN_TEXT = (
    f"**{_SHORT_ANSWER}**\n\n{_ANSWER_TEXT}\n\nSources:\n\n- [1] Leave policy — hr/leave.md, line 3"
)
_KEY = "7bf2afebc3409ea234bad82c"
_CONVERSATION_ID = "conv_ebae20909ed1e77584442395"
_FILE_ID = "doc_a52068aff78e90837ff7"
_SHA256 = "3314729153e2485b70c012b610a259906974ae195e4cb98afd84454a01a43245"
_URL = f"/documents/{_FILE_ID}?start=16&end=53"
_ASKED_AT = "2025-06-16T08:00:00.000000Z"
_RATED_AT = "2025-06-16T08:01:30.000000Z"
_CREATED = 1_750_060_800

_CITATION: Example = {
    "id": "c1",
    "number": 1,
    "type": "char_location",
    "file_id": _FILE_ID,
    "filename": "hr/leave.md",
    "document_title": "Leave policy",
    "heading": "Leave policy",
    "cited_text": _QUOTE,
    "start_char_index": 16,
    "end_char_index": 53,
    "start_line": 3,
    "end_line": 3,
    "start_page_number": None,
    "end_page_number": None,
    "highlights": [{"start_char_index": 34, "end_char_index": 47}],
    "answer_spans": [{"start_index": 0, "end_index": 37}],
    "content_sha256": _SHA256,
    "verification": "exact",
    "stale": False,
    "score": 1.64,
    "place": None,
    "url": _URL,
}
_HIT: Example = {
    "chunk_id": 1,
    "file_id": _FILE_ID,
    "filename": "hr/leave.md",
    "document_title": "Leave policy",
    "heading": "Leave policy",
    "text": _PASSAGE,
    "start_char_index": 16,
    "end_char_index": 88,
    "start_line": 3,
    "end_line": 3,
    "start_page_number": None,
    "end_page_number": None,
    "score": 1.29,
    "scores": {
        "dense": 0.64,
        "lexical": 0.5,
        "fused": 0.56,
        "sentence_dense": 0.73,
        "sentence_lexical": 1.0,
    },
}
_ANSWER: Example = {
    "id": f"ans_{_KEY}",
    "question": _QUESTION,
    "history_terms": [],
    "conversation_id": _CONVERSATION_ID,
    "answer": _ANSWER_TEXT,
    "short_answer": _SHORT_ANSWER,
    "status": "answered",
    "method": "extractive",
    "confidence": 0.76,
    "sentences": [{"start_index": 0, "end_index": 37, "support": "supported", "citations": [1]}],
    "citations": [_CITATION],
    "hits": [_HIT],
    "usage": {"evidence_tokens": 17},
    "timings_ms": {"retrieve": 9.1, "answer": 0.5, "total": 9.6},
    "model": None,
    "cost": None,
    "notice": None,
}
_DOCUMENT: Example = {
    "id": _FILE_ID,
    "filename": "hr/leave.md",
    "paths": ["hr/leave.md"],
    "title": "Leave policy",
    "media_type": "text/markdown",
    "date": "2025-06-16",
    "sha256": _SHA256,
    "chunks": 1,
    "size_bytes": 89,
    "uploaded": False,
    "state": "indexed",
}
_CONVERSATION: Example = {
    "id": _CONVERSATION_ID,
    "title": _QUESTION,
    "created_at": _ASKED_AT,
    "updated_at": _ASKED_AT,
}
_FEEDBACK: Example = {
    "answer_id": f"ans_{_KEY}",
    "rating": "down",
    "comment": "It is out of date.",
    "created_at": _RATED_AT,
    "updated_at": _RATED_AT,
}
_TURNS: list[Example] = [
    {
        "role": "user",
        "text": _QUESTION,
        "created_at": _ASKED_AT,
        "answer": None,
        "feedback": None,
    },
    {
        "role": "assistant",
        "text": _ANSWER_TEXT,
        "created_at": _ASKED_AT,
        "answer": _ANSWER,
        "feedback": {"rating": "down", "comment": "It is out of date."},
    },
]
_STATE: Example = {
    "answer_id": f"ans_{_KEY}",
    "status": "answered",
    "method": "extractive",
    "confidence": 0.76,
    "short_answer": _SHORT_ANSWER,
    "conversation_id": None,
}
_URL_CITATION: Example = {
    "start_index": 19,
    "end_index": 56,
    "title": "Leave policy",
    "url": _URL,
}
_FILE_CITATION: Example = {
    "type": "file_citation",
    "file_id": _FILE_ID,
    "filename": "hr/leave.md",
    "index": 56,
    "start_index": 19,
    "end_index": 56,
}

REQUESTS: dict[str, list[Example]] = {
    "AskRequest": [
        {"question": _QUESTION},
        {
            "messages": [
                {"role": "user", "content": _QUESTION},
                {"role": "assistant", "content": _ANSWER_TEXT},
                {"role": "user", "content": "Is it paid?"},
            ],
            "filters": {"folder": "hr"},
            "stream": True,
        },
    ],
    "SearchRequest": [{"query": "parental leave", "k": 5}],
    "RenameRequest": [{"title": "Parental leave"}],
    "FeedbackRequest": [
        {"answer_id": f"ans_{_KEY}", "rating": "down", "comment": "It is out of date."}
    ],
    "ChatRequest": [{"model": "quoth", "messages": [{"role": "user", "content": _QUESTION}]}],
    "ResponseRequest": [{"model": "quoth", "input": _QUESTION}],
}
"""By the name of the model, the simplest first: a page that tries calls offers that one."""

REPLIES: dict[str, Example] = {
    "AnswerModel": _ANSWER,
    "SearchModel": {"hits": [_HIT]},
    "DocumentModel": _DOCUMENT,
    "DocumentsModel": {
        "documents": [_DOCUMENT],
        "failed": [{"path": "hr/empty.pdf", "reason": "The file holds no text."}],
        "next": None,
    },
    "DocumentTextModel": {
        "file_id": _FILE_ID,
        "filename": "hr/leave.md",
        "title": "Leave policy",
        "media_type": "text/markdown",
        "length_chars": 89,
        "text": f"# Leave policy\n\n{_PASSAGE}\n",
        "text_start_char_index": 0,
        "span": {
            "start_char_index": 16,
            "end_char_index": 53,
            "start_line": 3,
            "end_line": 3,
            "start_page_number": None,
            "end_page_number": None,
            "place": None,
            "text": _QUOTE,
        },
    },
    "ConversationModel": _CONVERSATION,
    "ConversationsModel": {"conversations": [_CONVERSATION], "next": None},
    "ConversationTurnsModel": {**_CONVERSATION, "turns": _TURNS},
    "FeedbackModel": _FEEDBACK,
    "FeedbackPageModel": {
        "feedback": [
            {
                **_FEEDBACK,
                "question": _QUESTION,
                "answer": _ANSWER_TEXT,
                "status": "answered",
                "rater": "",
            }
        ],
        "next": None,
    },
    "MeModel": {"key_required": True, "scopes": ["ask"]},
    "ChatCompletion": {
        "id": f"chatcmpl-{_KEY}",
        "object": "chat.completion",
        "created": _CREATED,
        "model": "quoth",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": _SHOWN_TEXT,
                    "refusal": None,
                    "annotations": [{"type": "url_citation", "url_citation": _URL_CITATION}],
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 13, "completion_tokens": 33, "total_tokens": 46},
        "citations": [_CITATION],
        "quoth": _STATE,
    },
    "ResponseModel": {
        "id": f"resp_{_KEY}",
        "object": "response",
        "created_at": _CREATED,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "model": "quoth",
        "output": [
            {
                "id": f"msg_{_KEY}",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [
                    {
                        "type": "output_text",
                        "text": _SHOWN_TEXT,
                        "annotations": [_FILE_CITATION],
                        "logprobs": [],
                    }
                ],
            }
        ],
        "previous_response_id": None,
        "conversation": None,
        "store": True,
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "text": {"format": {"type": "text"}},
        "truncation": "disabled",
        "temperature": None,
        "top_p": None,
        "metadata": {},
        "usage": {
            "input_tokens": 13,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 33,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 46,
        },
        "citations": [_CITATION],
        "quoth": {**_STATE, "conversation_id": _CONVERSATION_ID},
    },
}
"""By the name of the model."""
