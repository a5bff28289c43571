import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from rag.assistant import Assistant
from rag.conversations import Conversations
from rag.errors import QuestionInvalid, UnknownAnswer, UnknownConversation
from rag.filters import NOBODY, Access, Filters
from rag.index.local import LocalIndex
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.types import Turn
from tests.answers import ScriptedAssistant
from tests.rag.corpus import put

TEXTS = {
    "kazakhstan.txt": "Trade with Kazakhstan grew by 35 percent. The summit was in Astana.",
    "kyrgyzstan.txt": "Trade with Kyrgyzstan grew by 12 percent. A railway is being built.",
    "sport.txt": "The match ended without a goal. The stadium was full.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened


@pytest.fixture
def scripted() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture
def conversations(store: SqliteStore, scripted: ScriptedAssistant) -> Conversations:
    return Conversations(scripted, store.conversations())  # type: ignore[arg-type]


@pytest.fixture
def over_documents(store: SqliteStore, tmp_path: Path) -> Iterator[Conversations]:
    encoder = HashingEncoder()
    put(store, encoder, TEXTS)
    index = LocalIndex(tmp_path / "index", store)
    with Assistant(store, index, encoder, evidence_tokens=2000) as assistant:
        yield Conversations(assistant, store.conversations())


def test_a_question_without_a_conversation_begins_one(conversations: Conversations):
    answer = conversations.ask("What?", k=3, filters=Filters(filename=("*.md",)))
    assert answer.conversation_id is not None
    kept = conversations.store.turns(answer.conversation_id)
    assert [(turn.role, turn.text) for turn in kept] == [
        ("user", "What?"),
        ("assistant", answer.text),
    ]
    assert conversations.store.answer(answer.id) == answer


def test_options_reach_the_assistant(conversations: Conversations, scripted: ScriptedAssistant):
    filters = Filters(filename=("*.md",))
    first = conversations.ask("What?", k=3, filters=filters)
    conversations.ask("Why?", first.conversation_id, k=4)
    assert scripted.asked == [("What?", 3, filters), ("Why?", 4, Filters())]


def test_earlier_turns_are_handed_over_oldest_first(
    conversations: Conversations, scripted: ScriptedAssistant
):
    first = conversations.ask("What?")
    conversations.ask("Why?", first.conversation_id)
    assert scripted.histories == [(), (Turn("user", "What?"), Turn("assistant", first.text))]


def test_only_the_newest_turns_are_handed_over(store: SqliteStore, scripted: ScriptedAssistant):
    conversations = Conversations(scripted, store.conversations(), most_turns=2)  # type: ignore[arg-type]
    conversation_id = conversations.ask("First?").conversation_id
    conversations.ask("Second?", conversation_id)
    conversations.ask("Third?", conversation_id)
    assert [turn.text for turn in scripted.histories[-1] if turn.role == "user"] == ["Second?"]


def test_conversations_do_not_hear_of_each_other(
    conversations: Conversations, scripted: ScriptedAssistant
):
    conversations.ask("What?")
    conversations.ask("Why?")
    assert scripted.histories == [(), ()]


def test_an_unknown_conversation_is_refused_before_anything_is_asked(
    conversations: Conversations, scripted: ScriptedAssistant
):
    with pytest.raises(UnknownConversation, match="conv_none"):
        conversations.ask("What?", "conv_none")
    assert scripted.asked == []


def test_a_question_that_cannot_be_answered_leaves_no_trace(over_documents: Conversations):
    with pytest.raises(QuestionInvalid):
        over_documents.ask("?!")
    assert over_documents.store.list() == ()
    conversation_id = over_documents.ask("By how much did trade grow?").conversation_id
    assert conversation_id is not None
    with pytest.raises(QuestionInvalid):
        over_documents.ask("", conversation_id)
    assert len(over_documents.store.turns(conversation_id)) == 2


def test_a_conversation_out_of_sight_is_unknown(conversations: Conversations):
    seen = Access(collections=("hr",))
    answer = conversations.ask("What?", access=seen)
    assert conversations.ask("Why?", answer.conversation_id, access=seen)
    for collections in [("law",), ()]:
        with pytest.raises(UnknownConversation):
            conversations.ask("How?", answer.conversation_id, access=Access(collections))


def test_a_conversation_belongs_to_the_key_that_began_it(over_documents: Conversations):
    mine, yours = Access(owner="key_a"), Access(owner="key_b")
    answer = over_documents.ask("By how much did trade grow?", access=mine)
    assert answer.conversation_id is not None
    begun = over_documents.begin(yours)
    for seen in (mine, Access()):
        assert over_documents.get(answer.conversation_id, seen).owner == "key_a"
        assert over_documents.answer(answer.id, seen) == answer
        assert len(over_documents.turns(answer.conversation_id, seen)) == 2
    assert [each.id for each in over_documents.list(mine)] == [answer.conversation_id]
    assert len(over_documents.list()) == 2
    for refused in (
        lambda: over_documents.get(begun.id, mine),
        lambda: over_documents.ask("Why?", begun.id, access=mine),
        lambda: over_documents.turns(begun.id, mine),
        lambda: over_documents.list(mine, after=begun.id),
    ):
        with pytest.raises(UnknownConversation):
            refused()
    with pytest.raises(UnknownAnswer):
        over_documents.answer(answer.id, yours)


def test_what_nobody_owns_is_seen_by_no_key(over_documents: Conversations):
    answer = over_documents.ask("By how much did trade grow?")
    mine = Access(owner="key_a")
    assert over_documents.list(mine) == ()
    with pytest.raises(UnknownAnswer):
        over_documents.answer(answer.id, mine)


def test_who_asks_without_a_key_sees_what_nobody_owns(over_documents: Conversations):
    slack, nobody = Access(owner="slack:T1"), Access(owner=NOBODY)
    theirs = over_documents.ask("By how much did trade grow?", access=slack)
    free = over_documents.ask("By how much did trade grow?", access=nobody)
    assert [each.id for each in over_documents.list(nobody)] == [free.conversation_id]
    assert over_documents.get(free.conversation_id or "", nobody).owner is None
    assert over_documents.answer(free.id, nobody) == free
    with pytest.raises(UnknownConversation):
        over_documents.get(theirs.conversation_id or "", nobody)
    with pytest.raises(UnknownAnswer):
        over_documents.answer(theirs.id, nobody)


def test_what_may_not_be_seen_is_refused_in_the_words_of_what_is_not_there(
    over_documents: Conversations,
):
    answer = over_documents.ask("By how much did trade grow?")
    assert answer.conversation_id is not None
    told = []
    for access in (Access(owner="key_a"), Access()):
        with pytest.raises(UnknownConversation) as conversation:
            over_documents.get(answer.conversation_id, access)
        with pytest.raises(UnknownAnswer) as single:
            over_documents.answer(answer.id, access)
        told.append([(each.value.message, each.value.hint) for each in (conversation, single)])
        if access.owner is not None:
            over_documents.store.delete(answer.conversation_id)
    assert told[0] == told[1]


def test_a_follow_up_is_understood_from_the_turns_before_it(over_documents: Conversations):
    first = over_documents.ask("By how much did trade with Kazakhstan grow?")
    followed = over_documents.ask("And Kyrgyzstan?", first.conversation_id)
    assert followed.conversation_id == first.conversation_id
    assert followed.hits[0].document.uri == "kyrgyzstan.txt"
    assert "kazakhstan.txt" in [hit.document.uri for hit in followed.hits[:2]]


def test_questions_asked_at_once_are_answered_one_after_the_other(
    conversations: Conversations, scripted: ScriptedAssistant
):
    conversation_id = conversations.ask("Q?").conversation_id
    assert conversation_id is not None
    threads = [
        threading.Thread(target=conversations.ask, args=(f"Q{number}?", conversation_id))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(history) for history in scripted.histories] == [0, 2, 4, 6, 8]
    assert [turn.ordinal for turn in conversations.store.turns(conversation_id)] == list(range(10))
    for asked, history in zip(scripted.asked, [*scripted.histories[1:], None], strict=True):
        if history is not None:
            assert history[-2] == Turn("user", asked[0])
