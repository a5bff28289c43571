"""What chat front ends ask for by themselves: titles, tags, follow-ups, searches, completions.

They come as ordinary requests, told apart by their shape alone, and would otherwise be looked for
in the documents. None of it needs them: a title is the first question, shortened, and where words
would have to be made up the answer is an empty list, in the JSON that was asked for. The shapes are
those of Open WebUI's templates (`### Task:` … `JSON format: {"title": …}`, the completion of what
is typed, the emoji for a message), and of the prompts of LibreChat, LobeChat, NextChat, Chatbox,
Cherry Studio and others: an order to make a title for a conversation, of a number of words or
characters.
"""

import json
import re
from collections.abc import Iterator

from api.openai.messages import Prompt

TITLE_CHARS = 50
UNTITLED = "New chat"
EMOJI = "🙂"
ORDER_CHARS = 2000
"""An order stands before or after the conversation that it is about, which may be long."""

# A system prompt that is longer is about more than a title.
MAX_INSTRUCTIONS_CHARS = 2000

_JSON_TASK = re.compile(r"\s*#{1,4} *Task|.*<chat_history>", re.DOTALL | re.IGNORECASE)
_JSON_KEY = re.compile(
    r'JSON format\W{0,12}\{\s*"(title|tags|follow_ups|queries|text|prompt)"\s*:', re.IGNORECASE
)
_EMPTY: dict[str, object] = {"tags": [], "follow_ups": [], "queries": [], "text": ""}
_AUTOCOMPLETION = re.compile(
    r"\s*#{1,4} *Task\b.{0,80}?\b(?:auto-?complet\w*|continue the text)", re.DOTALL | re.IGNORECASE
)
_FOR_AN_EMOJI = re.compile(
    r"\s*(?:#{1,4} *Task:?\s*)?(?:Your task is to|Generate|Choose|Pick|Suggest)\b"
    r"[^\n]{0,200}?\bemojis?\b.{0,1000}?\n[ \t]*Message:\s*[`\"]{3}",
    re.DOTALL | re.IGNORECASE,
)

_COUNT = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten)"
_ORDER = re.compile(
    r"(?:^|[\n.:;!?,-]\s{0,8}|\b(?:please|to|will|and|you)\s{1,8})"
    r"(?:generate|create|provide|write|summari[sz]e|give|suggest|make|produce|return)\b"
    r"[^\n]{0,160}?\b(?:titles?|name)\b",
    re.IGNORECASE,
)
_OF_A_CHAT = re.compile(
    r"\b(?:conversations?|chats?|discussions?|dialog(?:ue)?s?|sessions?|exchange|thread"
    r"|(?:first|following|previous|user'?s) (?:message|query|question|prompt|request)"
    r"|title only|only (?:return |respond with )?the title)\b",
    re.IGNORECASE,
)
_OF_A_LENGTH = re.compile(
    rf"\b{_COUNT}(?:\s*(?:-|–|to|or)\s*{_COUNT})?[\s-]*(?:or[\s-]less[\s-]*|max\w*[\s-]*)?"
    r"(?:words?|characters?|chars?)\b",
    re.IGNORECASE,
)

_HISTORY = re.compile(r"<chat_history>(.*?)(?:</chat_history>|\Z)", re.DOTALL | re.IGNORECASE)
_ROLE = r"(?:user|human|me|assistant|ai|system|bot)"
_USER_SAID = re.compile(
    rf"^[^\S\n\"]*(?:\|\|>)?(?:user|human|me)(?: message)?\s*:\s*(.+?)"
    rf"(?=\n\s*(?:\|\|>)?{_ROLE}(?: \w+)?\s*:|\|\|>|\n\s*\n|\n[\"'`]{{3}}|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_FENCED = re.compile(r'"{3}(.+?)"{3}|`{3}(.+?)`{3}|\n-{3,}\n(.+?)\n-{3,}', re.DOTALL)
_SENTENCE_SIGNS = " \t.,;:!?…'\"“”«»`*#"


def task_reply(prompt: Prompt) -> str | None:
    """What a front end gets that asks for something by itself; None where a person asks."""
    if key := _json_key(prompt.question):
        if key in _EMPTY:
            return json.dumps({key: _EMPTY[key]})
        return json.dumps({key: _title(prompt)}, ensure_ascii=False)
    if _AUTOCOMPLETION.match(prompt.question):
        return json.dumps({"text": ""})
    if _FOR_AN_EMOJI.match(prompt.question):
        return EMOJI
    if _orders_title(prompt.question) or (
        len(prompt.instructions) <= MAX_INSTRUCTIONS_CHARS and _orders_title(prompt.instructions)
    ):
        return _title(prompt)
    return None


def _json_key(text: str) -> str | None:
    if not _JSON_TASK.match(text):
        return None
    key = _JSON_KEY.search(text)
    return key.group(1) if key else None


def _orders_title(text: str) -> bool:
    ends = text if len(text) <= 2 * ORDER_CHARS else f"{text[:ORDER_CHARS]}\n{text[-ORDER_CHARS:]}"
    return all(pattern.search(ends) for pattern in (_ORDER, _OF_A_CHAT, _OF_A_LENGTH))


def _title(prompt: Prompt) -> str:
    return next((title for text in _questions(prompt) if (title := _shortened(text))), UNTITLED)


def _questions(prompt: Prompt) -> Iterator[str]:
    """Where the first question of a conversation may stand, the likeliest place first."""
    history = _HISTORY.search(prompt.question)
    shown = history.group(1) if history else prompt.question
    if said := _USER_SAID.search(shown):
        yield said.group(1)
    yield from (turn.text for turn in prompt.history if turn.role == "user")
    if not _orders_title(prompt.question) and not history:
        yield prompt.question
    if fenced := _FENCED.search(prompt.question):
        yield next(part for part in fenced.groups() if part)


def _shortened(text: str) -> str:
    """The first line's beginning, cut between words, without signs around it."""
    line = " ".join(text.strip(_SENTENCE_SIGNS + "\n").partition("\n")[0].split())
    if len(line) > TITLE_CHARS:
        line = line[: TITLE_CHARS + 1].rsplit(" ", 1)[0][:TITLE_CHARS]
    line = line.strip(_SENTENCE_SIGNS)
    return line[:1].upper() + line[1:]
