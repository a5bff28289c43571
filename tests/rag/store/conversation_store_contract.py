"""What every store for conversations does. An implementation's test module imports the tests and
supplies the fixtures `conversations`, an empty store, and `clock`, which it takes its time from.
"""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from rag.errors import UnknownAnswer, UnknownConversation
from rag.store.conversations_base import ConversationStore
from rag.types import Answer
from tests.answers import make_answer


@dataclass
class Clock:
    """A moment that a test moves on by hand."""

    moment: datetime = datetime(2025, 6, 16, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **by: int) -> None:
        self.moment += timedelta(**by)


def answer_to(question: str, number: int = 1) -> Answer:
    return replace(make_answer(), id=f"ans_{number}", question=question, text=f"To {question}")


def texts(store: ConversationStore, conversation_id: str, last: int | None = None) -> list[str]:
    return [turn.text for turn in store.turns(conversation_id, last=last)]


def test_a_new_conversation_has_an_id_and_nothing_else(
    conversations: ConversationStore, clock: Clock
):
    made = conversations.create("hr")
    assert made.id.startswith("conv_")
    assert (made.collection, made.title) == ("hr", None)
    assert made.created_at == made.updated_at == "2025-06-16T08:00:00.000000Z"
    assert conversations.get(made.id) == made
    assert conversations.turns(made.id) == ()


def test_turns_come_in_pairs_in_order_with_the_answers_id(
    conversations: ConversationStore, clock: Clock
):
    made = conversations.create()
    conversations.append_turns(made.id, answer_to("What?", 1))
    clock.advance(minutes=1)
    conversations.append_turns(made.id, answer_to("Why?", 2))
    turns = conversations.turns(made.id)
    assert [(turn.ordinal, turn.role, turn.text, turn.answer_id) for turn in turns] == [
        (0, "user", "What?", None),
        (1, "assistant", "To What?", "ans_1"),
        (2, "user", "Why?", None),
        (3, "assistant", "To Why?", "ans_2"),
    ]
    assert turns[3].created_at == "2025-06-16T08:01:00.000000Z"
    assert conversations.get(made.id).updated_at == turns[3].created_at


def test_a_conversation_may_begin_with_its_first_answer(conversations: ConversationStore):
    kept = conversations.begin(make_answer(question="Who?"), "hr")
    assert kept.conversation_id is not None
    begun = conversations.get(kept.conversation_id)
    assert (begun.collection, begun.title) == ("hr", "Who?")
    assert [turn.role for turn in conversations.turns(begun.id)] == ["user", "assistant"]
    assert conversations.answer(kept.id) == kept


def test_the_last_turns_are_the_newest_oldest_first(conversations: ConversationStore):
    made = conversations.create()
    for number in range(3):
        conversations.append_turns(made.id, answer_to(f"Q{number}", number))
    assert texts(conversations, made.id, last=3) == ["To Q1", "Q2", "To Q2"]
    assert texts(conversations, made.id, last=0) == []
    assert len(texts(conversations, made.id, last=99)) == 6


def test_an_answer_comes_back_whole(conversations: ConversationStore):
    made = conversations.create()
    given = answer_to("What?")
    kept = conversations.append_turns(made.id, given)
    assert kept == replace(given, conversation_id=made.id)
    assert conversations.answer(kept.id) == kept


def test_the_first_question_is_the_title_on_one_line(conversations: ConversationStore):
    made = conversations.create()
    conversations.append_turns(made.id, answer_to("What\n  of the trade?", 1))
    conversations.append_turns(made.id, answer_to("Why?", 2))
    assert conversations.get(made.id).title == "What of the trade?"


@pytest.mark.parametrize("question", ["word " * 60, "字" * 300])
def test_a_long_first_question_makes_a_short_title(conversations: ConversationStore, question: str):
    made = conversations.create()
    conversations.append_turns(made.id, answer_to(question))
    title = conversations.get(made.id).title
    assert title is not None
    assert 70 < len(title) <= 80
    assert title.endswith("…")


def test_a_new_name_stays(conversations: ConversationStore):
    made = conversations.create()
    title = "Trade talks " * 16 + "in Xi'an"
    renamed = conversations.rename(made.id, title)
    conversations.append_turns(made.id, answer_to("What?"))
    assert renamed.title == conversations.get(made.id).title == title


def test_the_last_used_is_listed_first_page_by_page(conversations: ConversationStore, clock: Clock):
    made = []
    for _ in range(3):
        made.append(conversations.create().id)
        clock.advance(minutes=1)
    conversations.append_turns(made[0], answer_to("What?"))
    first = conversations.list(limit=2)
    assert [each.id for each in first] == [made[0], made[2]]
    assert [each.id for each in conversations.list(after=first[-1].id)] == [made[1]]


def test_every_conversation_of_one_moment_is_listed_once(conversations: ConversationStore):
    made = {conversations.create().id for _ in range(5)}
    first = [each.id for each in conversations.list(limit=2)]
    rest = [each.id for each in conversations.list(after=first[-1])]
    assert sorted(first + rest) == sorted(made)


def test_only_conversations_of_the_collections_asked_for_are_listed(
    conversations: ConversationStore,
):
    hr = conversations.create("hr")
    conversations.create("law")
    assert conversations.list(collections=("hr", "none")) == (hr,)
    assert conversations.list(collections=()) == ()


def test_a_conversation_keeps_who_began_it(conversations: ConversationStore):
    kept = conversations.begin(make_answer(question="Who?"), "hr", "key_a")
    assert kept.conversation_id is not None
    mine = conversations.get(kept.conversation_id)
    yours = conversations.create("hr", "key_b")
    nobodys = conversations.create("hr")
    assert [each.owner for each in (mine, yours, nobodys)] == ["key_a", "key_b", None]
    assert conversations.list(owner="key_a") == (mine,)
    assert conversations.list(owner="key_a", collections=("law",)) == ()
    assert conversations.list(owner="key_c") == ()
    assert len(conversations.list()) == 3


def test_deleting_takes_turns_and_answers_along(conversations: ConversationStore):
    made = conversations.create()
    kept = conversations.append_turns(made.id, answer_to("What?"))
    conversations.delete(made.id)
    with pytest.raises(UnknownConversation):
        conversations.get(made.id)
    with pytest.raises(UnknownAnswer):
        conversations.answer(kept.id)


def test_an_answer_goes_with_its_question_and_the_others_stay(conversations: ConversationStore):
    made = conversations.create()
    for number in (1, 2, 3):
        conversations.append_turns(made.id, answer_to(f"Q{number}", number))
    conversations.delete_answer("ans_2")
    with pytest.raises(UnknownAnswer):
        conversations.answer("ans_2")
    assert texts(conversations, made.id) == ["Q1", "To Q1", "Q3", "To Q3"]
    conversations.append_turns(made.id, answer_to("Q4", 4))
    assert texts(conversations, made.id, last=3) == ["To Q3", "Q4", "To Q4"]
    ordinals = [turn.ordinal for turn in conversations.turns(made.id)]
    assert ordinals == sorted(set(ordinals))


def test_a_removed_question_stays_in_no_title_but_one_that_was_given(
    conversations: ConversationStore,
):
    made, named = conversations.create(), conversations.create()
    conversations.rename(named.id, "Trade talks")
    for number, each in enumerate((made, made, named, named)):
        conversations.append_turns(each.id, answer_to(f"Q{number}", number))
    conversations.delete_answer("ans_0")
    conversations.delete_answer("ans_2")
    assert conversations.get(made.id).title == "Q1"
    assert conversations.get(named.id).title == "Trade talks"


def test_a_conversation_goes_with_its_last_answer(conversations: ConversationStore):
    kept = conversations.begin(make_answer())
    conversations.delete_answer(kept.id)
    assert conversations.list() == ()
    for answer_id in (kept.id, "ans_none", "\udc80"):
        with pytest.raises(UnknownAnswer):
            conversations.delete_answer(answer_id)


def test_what_was_not_used_for_some_days_is_purged(conversations: ConversationStore, clock: Clock):
    old, used = conversations.create(), conversations.create()
    clock.advance(days=2)
    conversations.append_turns(used.id, answer_to("What?"))
    clock.advance(days=2)
    assert conversations.purge_older_than(3) == 1
    assert [each.id for each in conversations.list()] == [used.id]
    assert conversations.purge_older_than(3) == 0
    with pytest.raises(UnknownConversation):
        conversations.turns(old.id)


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.get("conv_none"),
        lambda store: store.turns("conv_none"),
        lambda store: store.append_turns("conv_none", answer_to("What?")),
        lambda store: store.rename("conv_none", "x"),
        lambda store: store.delete("conv_none"),
        lambda store: store.list(after="conv_none"),
        lambda store: store.get("\udc80"),
    ],
)
def test_a_conversation_that_is_not_there_is_unknown(conversations: ConversationStore, use):
    with pytest.raises(UnknownConversation):
        use(conversations)


def test_turns_for_a_conversation_that_is_gone_keep_no_answer(conversations: ConversationStore):
    with pytest.raises(UnknownConversation):
        conversations.append_turns("conv_none", answer_to("What?"))
    with pytest.raises(UnknownAnswer):
        conversations.answer("ans_1")


def test_a_question_with_bytes_of_another_encoding_is_kept(conversations: ConversationStore):
    made = conversations.create()
    conversations.append_turns(made.id, answer_to("caf\udce9?"))
    assert texts(conversations, made.id)[0] == "caf??"


def test_pairs_of_turns_that_come_at_once_do_not_mix(conversations: ConversationStore):
    made = conversations.create()

    def append(number: int) -> None:
        conversations.append_turns(made.id, answer_to(f"Q{number}", number))

    threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = conversations.turns(made.id)
    assert [turn.ordinal for turn in turns] == list(range(16))
    for question, answer in zip(turns[::2], turns[1::2], strict=True):
        assert answer.text == f"To {question.text}"
