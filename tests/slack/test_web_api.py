import http.client
import time
import urllib.error

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack.server import SlackStandIn
from tests.slack.state import BOT_TOKEN, TEAM

DIVIDER = {"type": "divider"}


def error_of(call: object, /, **arguments: object) -> str:
    with pytest.raises(SlackApiError) as refusal:
        call(**arguments)  # type: ignore[operator]
    return str(refusal.value.response["error"])


def test_tokens_and_scopes_and_methods_are_checked(slack: SlackStandIn, client: WebClient) -> None:
    stranger = WebClient(token="xoxb-other", base_url=slack.api_url)
    assert error_of(stranger.auth_test) == "invalid_auth"
    assert error_of(client.api_call, api_method="chat.nonsense") == "unknown_method"
    slack.world.scopes = frozenset({"chat:write"})
    assert error_of(client.users_info, user="U1") == "missing_scope"
    client.chat_postMessage(channel="C1", text="a")


def test_a_message_needs_words_and_a_place(client: WebClient) -> None:
    assert (
        error_of(client.api_call, api_method="chat.postMessage", json={"channel": "C1"})
        == "no_text"
    )
    assert error_of(client.chat_postMessage, channel="C9", text="a") == "channel_not_found"
    assert (
        error_of(client.chat_postMessage, channel="C1", text="a", thread_ts="1.0")
        == "thread_not_found"
    )
    assert (
        error_of(client.chat_postMessage, channel="C1", text="a", blocks=[{"type": "header"}])
        == "invalid_blocks"
    )


def test_only_the_bots_own_messages_can_be_changed(slack: SlackStandIn, client: WebClient) -> None:
    theirs = slack.world.say("C1", "U1", "Hello", deliver=False)
    assert error_of(client.chat_update, channel="C1", ts=theirs, text="a") == "cant_update_message"
    assert error_of(client.chat_delete, channel="C1", ts=theirs) == "cant_delete_message"
    ours = client.chat_postMessage(channel="C1", text="one")["ts"]
    client.chat_update(channel="C1", ts=ours, text="two")
    assert slack.world.by_ts["C1", ours].versions == ["one", "two"]
    client.chat_delete(channel="C1", ts=ours)
    assert error_of(client.chat_update, channel="C1", ts=ours, text="a") == "message_not_found"


def test_a_thread_is_read_page_by_page_with_metadata(
    slack: SlackStandIn, client: WebClient
) -> None:
    root = slack.world.say("C1", "U1", "Question?", deliver=False)
    metadata = {"event_type": "quoth_answer", "event_payload": {"event_id": "Ev1"}}
    for number in range(5):
        client.chat_postMessage(
            channel="C1",
            text=str(number),
            thread_ts=root,
            metadata=metadata if number == 3 else None,
        )
    slack.world.page_size = 2
    pages = [
        page["messages"]
        for page in client.conversations_replies(channel="C1", ts=root, include_all_metadata=True)
    ]
    read = [message for page in pages for message in page]
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [message["text"] for message in read][1:] == ["0", "1", "2", "3", "4"]
    assert [message.get("metadata") for message in read].count(metadata) == 1
    plain = [
        m for page in client.conversations_replies(channel="C1", ts=root) for m in page["messages"]
    ]
    assert not any("metadata" in message for message in plain)


def test_history_leaves_out_replies_and_is_bounded(slack: SlackStandIn, client: WebClient) -> None:
    stamps = [slack.world.say("C1", "U1", str(at), deliver=False) for at in range(3)]
    slack.world.say("C1", "U1", "reply", thread_ts=stamps[0], deliver=False)
    found = client.conversations_history(channel="C1", oldest=stamps[0], limit=10)["messages"]
    assert [message["ts"] for message in found] == stamps[:0:-1]
    for name in ("oldest", "latest"):
        with pytest.raises(SlackApiError, match=f"invalid_ts_{name}"):
            client.conversations_history(channel="C1", **{name: "1.000001x"})


def test_reactions_are_added_and_removed_once(slack: SlackStandIn, client: WebClient) -> None:
    ts = slack.world.say("C1", "U1", "Hello", deliver=False)
    client.reactions_add(channel="C1", timestamp=ts, name="eyes")
    assert error_of(client.reactions_add, channel="C1", timestamp=ts, name="eyes") == (
        "already_reacted"
    )
    client.reactions_remove(channel="C1", timestamp=ts, name="eyes")
    assert error_of(client.reactions_remove, channel="C1", timestamp=ts, name="eyes") == (
        "no_reaction"
    )


def test_an_ephemeral_message_is_seen_by_one_and_is_no_history(
    slack: SlackStandIn, client: WebClient
) -> None:
    client.chat_postEphemeral(channel="C1", user="U1", text="only you")
    assert client.conversations_history(channel="C1")["messages"] == []
    (message,) = slack.world.messages("C1")
    assert message.ephemeral_to == "U1"
    assert error_of(client.chat_postEphemeral, channel="D1", user="U2", text="a") == (
        "user_not_in_channel"
    )


def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: SlackStandIn, client: WebClient
) -> None:
    title = {"type": "plain_text", "text": "Title"}
    view = {"type": "modal", "title": title, "blocks": [DIVIDER]}
    trigger = slack.world.trigger()
    opened = client.views_open(trigger_id=trigger, view=view)["view"]["id"]
    assert error_of(client.views_open, trigger_id=trigger, view=view) == "exchanged_trigger_id"
    assert error_of(client.views_open, trigger_id="none", view=view) == "invalid_trigger_id"
    late = slack.world.trigger()
    slack.world.triggers[late] -= 4
    assert error_of(client.views_open, trigger_id=late, view=view) == "expired_trigger_id"
    long = {**view, "title": {**title, "text": "a" * 25}}
    assert error_of(client.views_update, view_id=opened, view=long) == "invalid_arguments"


def test_a_stream_grows_in_order_and_is_stopped_once(
    slack: SlackStandIn, client: WebClient
) -> None:
    root = slack.world.say("C1", "U1", "Question?", deliver=False)
    where = {"channel": "C1", "thread_ts": root}
    assert error_of(client.chat_startStream, **where) == "missing_recipient_team_id"
    ts = client.chat_startStream(
        **where, recipient_team_id=TEAM, recipient_user_id="U1", markdown_text="One"
    )["ts"]
    client.chat_appendStream(channel="C1", ts=ts, markdown_text=" two")
    conflict = error_of(client.chat_update, channel="C1", ts=ts, text="a")
    assert conflict == "streaming_state_conflict"
    client.chat_stopStream(channel="C1", ts=ts, markdown_text=" three", blocks=[DIVIDER])
    late = error_of(client.chat_appendStream, channel="C1", ts=ts, markdown_text="a")
    assert late == "message_not_in_streaming_state"
    assert error_of(client.chat_stopStream, channel="C1", ts=ts) == late
    assert slack.world.by_ts["C1", ts].streamed == "One two three"


def test_a_direct_message_is_streamed_to_without_naming_anybody(
    slack: SlackStandIn, client: WebClient
) -> None:
    root = slack.world.say("D1", "U1", "Question?", deliver=False)
    client.chat_startStream(channel="D1", thread_ts=root)
    assert error_of(client.chat_startStream, channel="D1", thread_ts="") == "invalid_thread_ts"


def test_a_stream_has_limits_and_ends_by_itself(slack: SlackStandIn, client: WebClient) -> None:
    root = slack.world.say("D1", "U1", "Question?", deliver=False)
    ts = client.chat_startStream(channel="D1", thread_ts=root, markdown_text="a" * 12_000)["ts"]
    append = {"channel": "D1", "ts": ts}
    assert error_of(client.chat_appendStream, **append, markdown_text="a" * 1300) == "msg_too_long"
    assert error_of(client.chat_appendStream, **append) == "no_text"
    client.chat_appendStream(**append, markdown_text="a" * 1000)
    slack.world.stream_lives_s = 0.0
    client.chat_appendStream(**append, markdown_text="a")
    time.sleep(0.01)
    assert error_of(client.chat_stopStream, **append) == "message_not_in_streaming_state"


def test_an_old_workspace_has_no_streams(slack: SlackStandIn, client: WebClient) -> None:
    slack.world.without_streaming()
    root = slack.world.say("D1", "U1", "Question?", deliver=False)
    assert error_of(client.chat_startStream, channel="D1", thread_ts=root) == "unknown_method"


def test_calls_fail_as_arranged_and_then_work(slack: SlackStandIn, client: WebClient) -> None:
    client.retry_handlers.clear()
    post = {"channel": "C1", "text": "a"}
    for how in ("429", "500", "not_allowed_token_type"):
        slack.world.fail("chat.postMessage", how, seconds=0)
        with pytest.raises(SlackApiError):
            client.chat_postMessage(**post)
    for how in ("close", "timeout", "lost"):
        slack.world.fail("chat.postMessage", how, seconds=0.01)
        with pytest.raises((http.client.HTTPException, ConnectionError, urllib.error.URLError)):
            client.chat_postMessage(**post)
    client.chat_postMessage(**post)
    assert len(slack.world.messages("C1")) == 2  # the lost one was posted
    assert [call.outcome for call in slack.world.calls] == [
        "429",
        "500",
        "not_allowed_token_type",
        "close",
        "timeout",
        "ok",
        "ok",
    ]


def test_a_call_before_retry_after_is_over_is_noted(slack: SlackStandIn, client: WebClient) -> None:
    slack.world.in_flight_s = 0.0
    slack.world.fail("chat.postMessage", "429", seconds=30)
    for _ in range(2):
        with pytest.raises(SlackApiError) as refusal:
            client.chat_postMessage(channel="C1", text="a")
        assert refusal.value.response.status_code == 429
        assert refusal.value.response.headers["Retry-After"] == "30"
    assert len(slack.world.impatient) == 1
    client.chat_postEphemeral(channel="C1", user="U1", text="a")


def test_rate_limits_hold_by_channel_and_by_tier(slack: SlackStandIn, client: WebClient) -> None:
    slack.world.rate_limits = True
    client.chat_postMessage(channel="C1", text="a")
    client.chat_postMessage(channel="C2", text="a")
    assert error_of(client.chat_postMessage, channel="C1", text="a") == "ratelimited"
    slack.world.tiers_per_minute[2] = 2
    ts = slack.world.say("C1", "U1", "Hello", deliver=False)
    for name in ("a", "b"):
        client.reactions_add(channel="C1", timestamp=ts, name=name)
        client.reactions_remove(channel="C1", timestamp=ts, name=name)
    client.reactions_add(channel="C1", timestamp=ts, name="c")
    late = error_of(client.reactions_remove, channel="C1", timestamp=ts, name="c")
    assert late == "ratelimited"


def test_what_the_bot_mentions_is_recorded(slack: SlackStandIn, client: WebClient) -> None:
    client.chat_postMessage(channel="C1", text="<!here>")
    text = {"type": "mrkdwn", "text": "@channel"}
    client.chat_postMessage(channel="C1", text="a", blocks=[{"type": "section", "text": text}])
    client.chat_postMessage(
        channel="C1",
        text="a",
        blocks=[{"type": "section", "text": {**text, "verbatim": True}}],
    )
    assert [read.target for read in slack.world.mentions] == ["here", "channel"]


def test_a_token_in_the_arguments_is_taken(slack: SlackStandIn) -> None:
    client = WebClient(base_url=slack.api_url)
    assert client.auth_test(token=BOT_TOKEN)["user_id"] == "U0BOT"
    assert error_of(client.auth_test) == "not_authed"
