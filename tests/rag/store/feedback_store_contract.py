"""What every store for feedback does. An implementation's test module imports the tests and
supplies the fixtures `feedback`, an empty store, `conversations` beside it, and `clock`, which both
take their time from.
"""

import pytest

from rag.errors import UnknownAnswer
from rag.store.conversations_base import ConversationStore
from rag.store.feedback_base import Feedback, FeedbackStore
from tests.rag.store.conversation_store_contract import Clock, answer_to

AT_8 = "2025-06-16T08:00:00.000000Z"
AT_9 = "2025-06-16T09:00:00.000000Z"


def keep(conversations: ConversationStore, *names: str) -> str:
    """Answers of one conversation; returns its id."""
    made = conversations.create()
    for name in names:
        conversations.append_turns(made.id, answer_to("What?", name))  # type: ignore[arg-type]
    return made.id


def test_feedback_is_kept_with_its_time(feedback: FeedbackStore, conversations: ConversationStore):
    keep(conversations, "a")
    given = feedback.put("ans_a", "up", "Just right.")
    assert given == Feedback("ans_a", "up", "Just right.", AT_8, AT_8)
    ((kept, answer),) = feedback.list()
    assert kept == given
    assert answer == conversations.answer("ans_a")


def test_the_last_one_given_counts(
    feedback: FeedbackStore, conversations: ConversationStore, clock: Clock
):
    keep(conversations, "a")
    feedback.put("ans_a", "up", "Just right.")
    clock.advance(hours=1)
    assert feedback.put("ans_a", "down") == Feedback("ans_a", "down", None, AT_8, AT_9)
    assert len(feedback.list()) == 1


def test_what_one_thinks_of_an_answer_leaves_what_others_think(
    feedback: FeedbackStore, conversations: ConversationStore, clock: Clock
):
    asked = keep(conversations, "a", "b")
    first = feedback.put("ans_a", "down", "It is outdated.", rater="slack:T1:U1")
    clock.advance(hours=1)
    second = feedback.put("ans_a", "up", rater="slack:T1:U2")
    nobody = feedback.put("ans_a", "up")
    assert first == Feedback("ans_a", "down", "It is outdated.", AT_8, AT_8, "slack:T1:U1")
    assert [kept for kept, _ in feedback.list()] == [second, nobody, first]
    assert feedback.of_conversation(asked, rater="slack:T1:U1") == {"ans_a": first}
    assert feedback.of_conversation(asked) == {"ans_a": nobody}
    assert feedback.of_conversation(asked, rater="slack:T1:U3") == {}
    feedback.delete("ans_a", rater="slack:T1:U2")
    feedback.delete("ans_a")
    assert [kept for kept, _ in feedback.list()] == [first]


def test_what_many_think_of_one_answer_is_listed_page_by_page(
    feedback: FeedbackStore, conversations: ConversationStore
):
    keep(conversations, "a", "b")
    given = [feedback.put(f"ans_{n}", "up", rater=r) for n in "ab" for r in ("", "k1", "k2")]
    found: list[Feedback] = []
    while page := feedback.list(limit=2, after=found[-1].cursor if found else None):
        found += [kept for kept, _ in page]
    assert found == given[::-1]


def test_feedback_for_no_answer_is_refused(feedback: FeedbackStore):
    for name in ("ans_none", "\udc80"):
        with pytest.raises(UnknownAnswer):
            feedback.put(name, "up")
    assert feedback.list() == ()


def test_a_comment_of_another_encoding_is_kept(
    feedback: FeedbackStore, conversations: ConversationStore
):
    keep(conversations, "a")
    assert feedback.put("ans_a", "up", "caf\udce9").comment == "caf?"


def test_the_feedback_of_a_conversation_comes_by_answer(
    feedback: FeedbackStore, conversations: ConversationStore
):
    first, second = keep(conversations, "a", "b", "c"), keep(conversations, "d")
    for name in ("ans_a", "ans_c", "ans_d"):
        feedback.put(name, "up")
    assert list(feedback.of_conversation(first)) == ["ans_a", "ans_c"]
    assert list(feedback.of_conversation(second)) == ["ans_d"]
    assert feedback.of_conversation("conv_none") == {}


def test_the_last_given_is_listed_first_page_by_page(
    feedback: FeedbackStore, conversations: ConversationStore, clock: Clock
):
    keep(conversations, "a", "b", "c", "d")
    for name in ("ans_b", "ans_a", "ans_d", "ans_c"):
        feedback.put(name, "up")
        clock.advance(minutes=1)
    feedback.put("ans_b", "down")
    first = [kept.answer_id for kept, _ in feedback.list(limit=3)]
    assert first == ["ans_b", "ans_c", "ans_d"]
    assert [kept.answer_id for kept, _ in feedback.list(after=first[-1])] == ["ans_a"]
    with pytest.raises(UnknownAnswer):
        feedback.list(after="ans_none")


def test_all_feedback_of_one_moment_is_listed_once(
    feedback: FeedbackStore, conversations: ConversationStore
):
    keep(conversations, *"abcde")
    for name in "abcde":
        feedback.put(f"ans_{name}", "up")
    first = [kept.answer_id for kept, _ in feedback.list(limit=2)]
    rest = [kept.answer_id for kept, _ in feedback.list(after=first[-1])]
    assert sorted(first + rest) == [f"ans_{name}" for name in "abcde"]


def test_feedback_is_taken_back_once_or_twice(
    feedback: FeedbackStore, conversations: ConversationStore
):
    keep(conversations, "a")
    feedback.put("ans_a", "up")
    feedback.delete("ans_a")
    feedback.delete("ans_a")
    assert feedback.list() == ()


def test_feedback_goes_with_its_conversation(
    feedback: FeedbackStore, conversations: ConversationStore, clock: Clock
):
    first, _ = keep(conversations, "a"), keep(conversations, "b")
    feedback.put("ans_a", "up")
    feedback.put("ans_b", "up")
    conversations.delete(first)
    assert [kept.answer_id for kept, _ in feedback.list()] == ["ans_b"]
    clock.advance(days=2)
    conversations.purge_older_than(1)
    assert feedback.list() == ()
