"""What stands in Slack of one answer, where Slack refuses some of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.slack.abilities import Abilities
from api.slack.bot import web_client
from api.slack.posting import Place, Post
from api.slack.rendering.limits import PLAIN_CHARS, length
from api.slack.rendering.messages import SlackMessage, answer_messages
from api.slack.web import Slack
from rag.questions import Lease
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from tests.answers import make_answer
from tests.api.slack.botting import answers, is_final
from tests.rag.store.slack_store_contract import question
from tests.slack.world import World

WORDS = [f"word{number} &" for number in range(4_000)]


@pytest.fixture
def lease(tmp_path: Path) -> Iterator[Lease]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        store = opened.slack()
        store.add(question(1))
        taken = store.take("one", 60)
        assert taken is not None
        yield Lease(store, taken, "one", 60)


@pytest.fixture
def messages() -> tuple[SlackMessage, ...]:
    """An answer of several messages."""
    answer = make_answer(text=" ".join(WORDS), sentences=())
    made = answer_messages(answer, public_url=None)
    assert len(made) > 2
    return made


def test_a_message_of_several_that_is_refused_makes_all_of_them_text(
    world: World, settings: Settings, lease: Lease, messages: tuple[SlackMessage, ...]
) -> None:
    root = world.say("C1", "U2", "Tell me all.", mention=False)
    post = Post(
        Slack(web_client(settings), posts_every_s=0),
        lease,
        Place("C1", root),
        Abilities(),
        retry_s=0.02,
    )
    post.put(messages[:1])
    world.fail("chat.postMessage", "msg_blocks_too_long", times=1)
    post.put(messages)
    there = answers(world, "C1", root)
    assert len(there) > len(messages)
    assert all(each.blocks == [] and 0 < length(each.text) <= PLAIN_CHARS for each in there)
    said = " ".join(each.text for each in there)
    assert [said.count(f"{word}amp;") for word in WORDS] == [1] * len(WORDS)
    assert all(map(is_final, there))
    assert post.is_done()
    assert world.refused == []
