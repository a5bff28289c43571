from collections.abc import Iterator
from pathlib import Path

import pytest

from api.slack.channels import ChannelConfig, Channels, ConfigFile, describe, read_config
from rag.errors import SettingsInvalid
from rag.filters import Access
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.store.sqlite_slack import SqliteSlack

FILE = """
prompts = ["How long is parental leave?"]

[default]
listen = "questions"

[direct]
collection = "handbook"

[channels.C1]
collection = ["hr", "it"]
filters = ["folder=policies", "date>=2024"]
answers = "ephemeral"
allowed = ["U123", "S456"]
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSlack]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened.slack()


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "slack.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_channel_is_served_as_the_file_says_over_its_defaults(tmp_path: Path, store: SqliteSlack):
    channels = Channels(store, read_config(written(tmp_path, FILE)))
    one = channels.of("T1", "C1")
    assert one.listen == "questions"
    assert one.answers == "ephemeral"
    assert one.access("T1") == Access(collections=("hr", "it"), owner="slack:T1")
    assert one.conditions.folder == ("policies",)
    assert one.conditions.date is not None and one.conditions.date.gte == "2024"
    assert channels.of("T1", "C2") == ChannelConfig(listen="questions")
    assert channels.of("T1", "D1").collection == ("handbook",)
    assert channels.file.prompts == ("How long is parental leave?",)


def test_without_a_file_everything_is_by_default(store: SqliteSlack):
    channels = Channels(store, read_config(None))
    assert channels.of("T1", "C1") == ChannelConfig()
    assert channels.of("T1", "C1").access("T1") == Access(owner="slack:T1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("listen = ", "cannot be read"),
        ('[default]\nlisten = "always"', "default.listen"),
        ('[channels.C1]\nfilters = ["folder"]', "channels.C1.filters"),
        ('[channels.C1]\nallowed = ["ada"]', "name users"),
        ('[channels.C1]\ncolection = "hr"', "colection"),
        ('[channels."#hr"]\ncollection = "hr"', "name channels by their ids"),
        ('prompts = ["a", "b", "c", "d", "e"]', "prompts"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, said: str):
    with pytest.raises(SettingsInvalid) as caught:
        read_config(written(tmp_path, text))
    assert said in caught.value.message
    assert "slack.toml" in caught.value.message


def test_a_file_that_is_missing_is_named(tmp_path: Path):
    with pytest.raises(SettingsInvalid, match="none\\.toml"):
        read_config(tmp_path / "none.toml")


def test_a_command_changes_what_it_names_and_nothing_else(store: SqliteSlack):
    channels = Channels(store, ConfigFile())
    channels.change("T1", "C1", "listen=questions collection=hr,it", "U1")
    channels.change("T1", "C1", "allowed=<@U123|ada>,<!subteam^S456|@hr> folder=policies", "U1")
    served = channels.of("T1", "C1")
    assert served == ChannelConfig(
        collection=("hr", "it"),
        filters=("folder=policies",),
        listen="questions",
        allowed=("U123", "S456"),
    )
    assert channels.of("T1", "C2") == ChannelConfig()
    assert channels.of("T2", "C1") == ChannelConfig()


def test_what_slack_escaped_is_read(store: SqliteSlack):
    channels = Channels(store, ConfigFile())
    typed = "date&gt;=2024-01 folder=r&amp;d"
    assert channels.change("T1", "C1", typed, "U1").filters == ("date>=2024-01", "folder=r&d")


def test_an_empty_value_sets_one_back_and_reset_all(store: SqliteSlack):
    channels = Channels(store, ConfigFile())
    channels.change("T1", "C1", "listen=questions collection=hr folder=a", "U1")
    assert channels.change("T1", "C1", "collection= filters=", "U1") == ChannelConfig(
        listen="questions"
    )
    assert channels.reset("T1", "C1", "U1") == ChannelConfig()


@pytest.mark.parametrize(
    "text", ["listen=always", "often", "answers=loud", "colour=red", "allowed=ada", "date=soon"]
)
def test_what_cannot_be_is_said_and_changes_nothing(store: SqliteSlack, text: str):
    channels = Channels(store, ConfigFile())
    channels.change("T1", "C1", "listen=questions", "U1")
    with pytest.raises(SettingsInvalid):
        channels.change("T1", "C1", text, "U1")
    assert channels.of("T1", "C1") == ChannelConfig(listen="questions")


def test_the_file_is_over_what_was_set_by_command(tmp_path: Path, store: SqliteSlack):
    store.put_channel_config("T1", "C1", '{"answers": "public"}', "U1")
    channels = Channels(store, read_config(written(tmp_path, FILE)))
    assert channels.is_fixed("C1")
    assert not channels.is_fixed("C2")
    assert channels.of("T1", "C1").answers == "ephemeral"


def test_no_command_widens_what_the_file_lets_direct_messages_see(
    tmp_path: Path, store: SqliteSlack
):
    store.put_channel_config("T1", "D1", '{"listen": "questions"}', "U1")
    channels = Channels(store, read_config(written(tmp_path, FILE)))
    assert channels.is_fixed("D1")
    assert channels.of("T1", "D1").collection == ("handbook",)


def test_a_configuration_is_described_as_it_would_be_typed(store: SqliteSlack):
    channels = Channels(store, ConfigFile())
    typed = "collection=hr listen=questions answers=ephemeral allowed=U123 folder=policies"
    config = channels.change("T1", "C1", typed, "U1")
    assert describe(config).split() == typed.split()
    assert channels.change("T1", "C2", describe(config), "U1") == config
