"""What front ends ask by themselves is told from what people ask.

The prompts are written for these tests after the shapes of the front ends' own.
"""

import json
import time

import pytest

from api.openai.messages import Message, Prompt, prompt_of
from api.openai.tasks import EMOJI, TITLE_CHARS, UNTITLED, task_reply

QUESTION = "How long is parental leave in our company?"
HISTORY = f"<chat_history>\nUSER: {QUESTION}\nASSISTANT: Sixteen weeks. [1]\n</chat_history>"


def asked(*said: tuple[str, str]) -> Prompt:
    return prompt_of([Message(role=role, content=text) for role, text in said], "messages")  # type: ignore[arg-type]


def template(task: str, form: str) -> Prompt:
    return asked(
        ("user", f"### Task:\n{task}\n\n### Output:\nJSON format: {form}\n\n### Chat:\n{HISTORY}")
    )


@pytest.mark.parametrize(
    ("task", "form", "reply"),
    [
        (
            "Make a 3-5 word title for the chat.",
            '{ "title": "your title" }',
            {"title": "How long is parental leave in our company"},
        ),
        ("Make 1-3 tags.", '{ "tags": ["tag1", "tag2"] }', {"tags": []}),
        ("Suggest what to ask next.", '{ "follow_ups": ["One?", "Two?"] }', {"follow_ups": []}),
        ("Are searches needed?", '\n{\n  "queries": ["one", "two"]\n}', {"queries": []}),
        ("Complete the text.", '`{ "text": "<completion>" }`', {"text": ""}),
        (
            "Describe an image.",
            '{ "prompt": "A picture." }',
            {"prompt": "How long is parental leave in our company"},
        ),
    ],
)
def test_tasks_get_the_json_they_ask_for(task: str, form: str, reply: object) -> None:
    answer = task_reply(template(task, form))
    assert answer is not None
    assert json.loads(answer) == reply


@pytest.mark.parametrize(
    "said",
    [
        [
            ("user", QUESTION),
            ("assistant", "Sixteen weeks."),
            ("user", "Please write a four to five word title for our conversation, no quotes."),
        ],
        [
            (
                "user",
                "Provide a concise, 5-word-or-less title for the conversation, in its language. "
                f"Only return the title itself.\n\nConversation:\nUser: {QUESTION}\nAI: Sixteen.",
            )
        ],
        [
            ("system", "You summarize chats. Generate a title for the conversation.\n- 10 words"),
            ("user", f"user: {QUESTION}\nassistant: Sixteen weeks."),
        ],
        [
            ("system", "You will generate a short title of the first message, of 80 characters."),
            ("user", QUESTION),
        ],
        [
            (
                "user",
                "Generate a title in less than 6 words for the following message (language: en):\n"
                f'"""\nUser: {QUESTION}\nAssistant: Sixteen weeks.\n"""',
            )
        ],
        [
            ("user", QUESTION),
            ("user", "Give this conversation a name. Keep it short, 40 characters max."),
        ],
        [
            (
                "user",
                f"Here is the query:\n\n--------------\n\n{QUESTION}\n\n--------------\n\n"
                "Create a concise, 3-5 word phrase as a title for the previous query.",
            )
        ],
    ],
)
def test_a_title_is_the_first_question(said: list[tuple[str, str]]) -> None:
    assert task_reply(asked(*said)) == "How long is parental leave in our company"


@pytest.mark.parametrize(
    "form",
    ['`{ "text": "<completion>" }`', "an object with what comes next"],
    ids=["with JSON", "in words"],
)
def test_what_is_typed_is_not_completed(form: str) -> None:
    prompt = asked(
        (
            "user",
            "### Task:\nYou are an autocompletion system. Go on with the words in `<text>`, of the "
            f"kind in `<type>`.\n\n### **Rules**:\n- Return as JSON format: {form}.\n\n"
            f"### Context:\n{HISTORY}\n<type>General</type>\n<text>{QUESTION}</text>\n"
            "#### Output:\n",
        )
    )
    assert json.loads(task_reply(prompt) or "") == {"text": ""}


@pytest.mark.parametrize("fence", ["```", '"""'])
def test_an_emoji_for_a_message_is_a_neutral_one(fence: str) -> None:
    prompt = asked(
        (
            "user",
            "Your task is to show the speaker's face with an emoji that fits, as one of many "
            f"(e.g., \U0001f60a, \U0001f622).\n\nMessage: {fence}{QUESTION}{fence}",
        )
    )
    assert task_reply(prompt) == EMOJI


def test_a_title_is_short() -> None:
    title = task_reply(
        asked(("user", "Give the chat a title of 5 words.\nUser: " + "long words " * 20))
    )
    assert title is not None
    assert len(title) <= TITLE_CHARS
    assert title.endswith(("long", "words"))


def test_a_title_of_nothing_is_a_title_too() -> None:
    assert task_reply(asked(("user", "Give this chat a title of 5 words."))) == UNTITLED


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        "What is the title of the report on leave?",
        "Which title did the president give the discussion in 2024?",
        "Generate a concise title for my essay.",
        "What tasks does the chat team have?",
        'What does "JSON format: {"title": …}" mean in the manual?',
        "Your task is to tell me which emoji the style guide allows.",
        'Which emoji suits a\nMessage: """Thanks"""?',
        "### Task 3: how is the autumn report completed?",
        "Which words should a title of five words have?",
        '### Task:\nAnswer from the context.\n<context>{ "title": "x" }</context>\nWho is paid?',
    ],
)
def test_what_people_ask_is_no_task(question: str) -> None:
    assert task_reply(asked(("user", question))) is None


def test_a_long_system_prompt_that_speaks_of_titles_makes_no_task() -> None:
    system = "Generate a title of 5 words for each conversation. " + "You are helpful. " * 200
    assert task_reply(asked(("system", system), ("user", QUESTION))) is None


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        "user: ",
        "user:\n",
        "- ",
        "5 ",
        '"""',
        "\n---",
        "### Task JSON format ",
        "please ",
        " ",
        "\nMessage: ",
    ],
)
def test_a_long_prompt_is_looked_at_in_no_time(text: str) -> None:
    prompt = asked(("user", "x" + text * (1_000_000 // len(text))))
    started = time.perf_counter()
    task_reply(prompt)
    assert time.perf_counter() - started < 5


def test_an_order_after_a_long_conversation_is_one() -> None:
    said = f"User: {QUESTION}\n" + "AI: Sixteen weeks.\n" * 1000
    assert task_reply(asked(("user", f"{said}\nWrite a title of 5 words for this chat."))) == (
        "How long is parental leave in our company"
    )
