"""What every store behind the Slack bot does. An implementation's test module imports the tests and
supplies the fixtures `slack`, an empty store, and `clock`, which it takes its time from.
"""

import threading
from dataclasses import replace

from rag.store.slack_base import NewQuestion, SlackStore
from tests.rag.store.conversation_store_contract import Clock

TEAM = "T1"
LEASE_S = 60


def question(
    number: int, *, channel: str = "C1", thread: int | None = None, user: str = "U1"
) -> NewQuestion:
    return NewQuestion(
        event_id=f"Ev{number}",
        team=TEAM,
        channel=channel,
        ts=f"17000000{number:02}.000100",
        thread=f"17000000{number if thread is None else thread:02}.000100",
        user=user,
        kind="mention",
        text=f"Question {number}?",
        payload={"response_url": "http://127.0.0.1/x"},
    )


def taken(slack: SlackStore, owner: str = "one") -> str | None:
    found = slack.take(owner, LEASE_S)
    return None if found is None else found.asked.event_id


def test_a_question_is_kept_as_it_came(slack: SlackStore):
    asked = replace(question(1), text="Ünï \ud83d <b>?")
    assert slack.add(asked)
    found = slack.get("Ev1")
    assert found is not None
    assert found.asked == replace(asked, text=found.asked.text)
    assert found.asked.text.startswith("Ünï ")
    assert (found.state, found.attempts, found.posted_ts, found.answer_id) == (
        "queued",
        0,
        None,
        None,
    )
    assert slack.get("Ev2") is None


def test_an_event_is_kept_once(slack: SlackStore):
    assert slack.add(question(1))
    assert not slack.add(question(1))
    assert slack.open_questions() == 1


def test_a_message_that_comes_under_two_ids_is_kept_once(slack: SlackStore):
    assert slack.add(question(1))
    assert not slack.add(replace(question(1), event_id="EvTwin", kind="message"))
    assert slack.add(replace(question(1), event_id="EvElsewhere", channel="C2"))
    assert slack.open_questions() == 2


def test_an_event_that_was_answered_is_still_known(slack: SlackStore):
    slack.add(question(1))
    taken(slack)
    assert slack.close("Ev1", "one", "answered")
    assert not slack.add(question(1))
    assert slack.open_questions() == 0
    assert taken(slack) is None


def test_a_question_is_taken_once(slack: SlackStore):
    slack.add(question(1))
    found = slack.take("one", LEASE_S)
    assert found is not None
    assert (found.state, found.attempts) == ("answering", 1)
    assert slack.take("two", LEASE_S) is None


def test_of_many_who_take_at_once_each_gets_another_question(slack: SlackStore):
    for number in range(20):
        slack.add(question(number, channel=f"C{number % 4}"))
    got: list[str | None] = []
    threads = [
        threading.Thread(target=lambda n=n: got.append(taken(slack, f"owner{n}")))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, got)) == sorted(f"Ev{number}" for number in range(20))


def test_a_question_whose_lease_ran_out_is_taken_again(slack: SlackStore, clock: Clock):
    slack.add(question(1))
    taken(slack, "dead")
    clock.advance(seconds=LEASE_S - 1)
    assert taken(slack, "alive") is None
    clock.advance(seconds=2)
    found = slack.take("alive", LEASE_S)
    assert found is not None
    assert found.attempts == 2


def test_who_lost_a_lease_changes_nothing_any_more(slack: SlackStore, clock: Clock):
    slack.add(question(1))
    taken(slack, "slow")
    clock.advance(seconds=LEASE_S + 1)
    taken(slack, "other")
    assert not slack.renew("Ev1", "slow", LEASE_S)
    assert not slack.note("Ev1", "slow", answer_id="ans_slow")
    assert not slack.close("Ev1", "slow", "failed")
    slack.release("Ev1", "slow", after_s=0)
    assert slack.renew("Ev1", "other", LEASE_S)
    assert slack.close("Ev1", "other", "answered")


def test_a_lease_that_is_renewed_lasts(slack: SlackStore, clock: Clock):
    slack.add(question(1))
    taken(slack, "one")
    for _ in range(3):
        clock.advance(seconds=LEASE_S - 1)
        assert slack.renew("Ev1", "one", LEASE_S)
    assert taken(slack, "two") is None


def test_what_is_known_of_an_answer_survives_a_crash(slack: SlackStore, clock: Clock):
    slack.add(question(1))
    taken(slack, "dead")
    assert slack.note("Ev1", "dead", answer_id="ans_1")
    assert slack.note("Ev1", "dead", posted_ts="1700000099.000100")
    clock.advance(seconds=LEASE_S + 1)
    found = slack.take("alive", LEASE_S)
    assert found is not None
    assert (found.state, found.answer_id, found.posted_ts) == (
        "posting",
        "ans_1",
        "1700000099.000100",
    )


def test_a_question_given_back_waits(slack: SlackStore, clock: Clock):
    slack.add(question(1))
    taken(slack, "one")
    slack.release("Ev1", "one", after_s=30)
    assert taken(slack, "two") is None
    clock.advance(seconds=31)
    assert taken(slack, "two") == "Ev1"


def test_a_thread_is_answered_in_its_order(slack: SlackStore):
    slack.add(question(2, thread=1))
    slack.add(question(1))
    slack.add(question(3, thread=1))
    for number in (1, 2, 3):
        assert taken(slack) == f"Ev{number}"
        assert taken(slack) is None
        slack.close(f"Ev{number}", "one", "failed" if number == 2 else "answered")


def test_a_question_that_waits_holds_back_its_own_thread_alone(slack: SlackStore):
    slack.add(question(1))
    slack.add(question(2, thread=1))
    slack.add(question(3))
    taken(slack)
    slack.release("Ev1", "one", after_s=30)
    assert taken(slack) == "Ev3"
    assert taken(slack) is None


def test_channels_take_turns(slack: SlackStore, clock: Clock):
    for number in range(6):
        slack.add(question(number, channel="busy"))
        clock.advance(seconds=1)
    slack.add(question(6, channel="quiet"))
    slack.add(question(7, channel="quiet"))
    order = []
    for _ in range(5):
        clock.advance(seconds=1)
        order.append(taken(slack))
    assert order == ["Ev0", "Ev6", "Ev1", "Ev7", "Ev2"]


def test_what_a_person_asked_lately_is_counted(slack: SlackStore, clock: Clock):
    slack.add(question(1))
    clock.advance(seconds=61)
    for number in (2, 3):
        slack.add(question(number))
    slack.add(question(4, user="U2"))
    slack.add(replace(question(5), kind="share"))
    slack.add(question(6))
    last = slack.get("Ev6")
    assert last is not None
    assert slack.asked_before(last, 60) == 2
    assert slack.asked_before(last, 3600) == 3


def test_questions_that_were_refused_do_not_count(slack: SlackStore):
    slack.add(question(1))
    taken(slack)
    slack.close("Ev1", "one", "failed")
    slack.add(question(2))
    last = slack.get("Ev2")
    assert last is not None
    assert slack.asked_before(last, 60) == 0


def test_a_thread_is_a_conversation_once_it_is_made_one(slack: SlackStore):
    assert slack.conversation_of(TEAM, "C1", "1.0") is None
    slack.engage(TEAM, "C1", "1.0", "conv_a")
    assert slack.conversation_of(TEAM, "C1", "1.0") == "conv_a"
    slack.engage(TEAM, "C1", "1.0", "conv_b")
    assert slack.conversation_of(TEAM, "C1", "1.0") == "conv_b"
    assert slack.conversation_of(TEAM, "C2", "1.0") is None


def test_the_bot_takes_part_in_a_thread_from_its_first_question_on(slack: SlackStore):
    thread = question(1).thread
    assert not slack.takes_part(TEAM, "C1", thread)
    slack.add(question(1))
    assert slack.takes_part(TEAM, "C1", thread)
    assert not slack.takes_part(TEAM, "C2", thread)
    taken(slack)
    slack.close("Ev1", "one", "failed")
    assert not slack.takes_part(TEAM, "C1", thread)
    slack.engage(TEAM, "C1", thread, "conv_a")
    assert slack.takes_part(TEAM, "C1", thread)


def test_a_channels_configuration_is_kept_and_forgotten(slack: SlackStore):
    assert slack.channel_config(TEAM, "C1") is None
    slack.put_channel_config(TEAM, "C1", '{"a": 1}', "U1")
    slack.put_channel_config(TEAM, "C1", '{"a": 2}', "U2")
    assert slack.channel_config(TEAM, "C1") == '{"a": 2}'
    slack.put_channel_config(TEAM, "C1", None, "U1")
    assert slack.channel_config(TEAM, "C1") is None


def test_old_questions_and_threads_go_and_open_ones_stay(slack: SlackStore, clock: Clock):
    slack.add(question(1))
    slack.add(question(2))
    taken(slack)
    slack.close("Ev1", "one", "answered")
    slack.engage(TEAM, "C1", "1.0", "conv_a")
    clock.advance(days=8)
    slack.engage(TEAM, "C1", "2.0", "conv_b")
    assert slack.purge_older_than(7) == 1
    assert slack.get("Ev1") is None
    assert slack.get("Ev2") is not None
    assert slack.conversation_of(TEAM, "C1", "1.0") is None
    assert slack.conversation_of(TEAM, "C1", "2.0") == "conv_b"
