"""Kills real bots at random moments and counts the answers.

    python -m tests.crash_slack [QUESTIONS] [KILLS] [SEED]

Two processes share one data folder and the events of one workspace. Of the questions, three in ten
are delivered up to three times more, at once or later; meanwhile one of the two processes is killed
again and again. In the end every question has one whole answer in its thread, and none has two. The
suite asks a few questions; a longer run finds rarer moments.
"""

import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from api.slack.bot import SlackBot, running
from api.slack.live import Pace
from api.slack.socket_mode import connected
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from tests.api.client import open_hashed_service
from tests.api.slack.botting import slack_settings, tuned
from tests.slack.server import SlackStandIn

CHANNELS = 40
USERS = 100
REDELIVERED = 0.3
ASKED = {
    "How long is parental leave?": "sixteen weeks",
    "How many days of holidays does every employee have?": "thirty days",
    "How many tunnels does the railway cross the mountains through?": "ninety tunnels",
    "How long is the longest tunnel?": "twelve kilometres",
}
LEASE_S = 2.0
BURST = 20
"""Questions that are asked at once before a process is killed."""
GROWING = Pace(begin_after_s=0, append_every_s=0, edit_every_s=0)
"""So that half of the kills find a message that is being written."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a run found.

    Attributes:
        killed: Processes that were killed while they worked.
        again: Deliveries beyond the first of each event.
        taken_again: Questions that a second process had to take up.
    """

    questions: int
    answered_once: int
    killed: int
    again: int
    taken_again: int
    elapsed_s: float


class Bot:
    """A process that is killed and started anew."""

    def __init__(self, data_dir: Path, api_url: str) -> None:
        self._command = [sys.executable, "-m", "tests.crash_slack", "--bot"]
        self._command += [str(data_dir), api_url]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.PIPE)

    def kill(self) -> bool:
        """Ends it without a word and starts another; False where it had ended by itself."""
        self.process.send_signal(signal.SIGKILL)
        killed = self.process.wait() == -signal.SIGKILL
        self._close()
        self.process = self._start()
        return killed

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()


def run(questions: int, kills: int, seed: int, folder: Path) -> Counted:
    """Asks, kills and counts.

    Raises:
        AssertionError: A question has no answer, half of one, a wrong one, or two.
    """
    chance = random.Random(seed)
    started = time.monotonic()
    with SlackStandIn() as slack:
        world = slack.world
        settings = slack_settings(folder / "data", slack)
        with open_hashed_service(settings):
            pass
        for number in range(CHANNELS):
            world.add_channel(f"CX{number}", f"channel-{number}")
        for number in range(USERS):
            world.add_user(f"UX{number}", f"User {number}")
        bots = [Bot(settings.data_dir, slack.api_url) for _ in range(2)]
        try:
            assert world.wait_for(lambda: slack.connections() == 2, 60)
            asked, again = _ask(slack, questions, kills, chance, bots)
            _await_answers(slack, asked)
        finally:
            for bot in bots:
                bot.stop()
        _check(slack, asked)
        return Counted(
            questions=len(asked),
            answered_once=len(asked),
            killed=kills,
            again=again,
            taken_again=_taken_again(settings),
            elapsed_s=time.monotonic() - started,
        )


def _ask(
    slack: SlackStandIn, questions: int, kills: int, chance: random.Random, bots: list[Bot]
) -> tuple[dict[tuple[str, str], str], int]:
    """The questions by channel and thread, and how many deliveries came again."""
    asked: dict[tuple[str, str], str] = {}
    again = 0
    kill_before = {(each + 1) * questions // (kills + 1) for each in range(kills)}
    for number in range(questions):
        if number + BURST in kill_before:
            slack.world.wait_for(lambda: slack.connections() == 2, 60)
        if number in kill_before:
            time.sleep(chance.uniform(0, 0.2))
            assert chance.choice(bots).kill()
        channel = f"CX{chance.randrange(CHANNELS)}"
        text = chance.choice(list(ASKED))
        more = chance.randint(1, 3) if chance.random() < REDELIVERED else 0
        at_once = chance.randint(0, more)
        user = f"UX{chance.randrange(USERS)}"
        ts = slack.world.say(channel, user, text, times=1 + at_once)
        asked[channel, ts] = ASKED[text]
        again += more
        if more > at_once:
            event_id = f"Ev{channel}{ts}m"
            later = threading.Timer(
                chance.uniform(0.1, 5), slack.world.redeliver, (event_id, more - at_once)
            )
            later.daemon = True
            later.start()
        # A process is killed while the queue is full.
        if not any(number < each <= number + BURST for each in kill_before):
            time.sleep(chance.uniform(0, 0.02))
    return asked, again


def _await_answers(slack: SlackStandIn, asked: dict[tuple[str, str], str]) -> None:
    def answered() -> bool:
        return all(_whole(slack, channel, ts) for channel, ts in asked)

    until = time.monotonic() + 60 + len(asked) * 0.3
    while not answered() and time.monotonic() < until:
        time.sleep(0.5)
    # Whoever would answer a second time has the time to.
    time.sleep(1.5 * LEASE_S)


def _whole(slack: SlackStandIn, channel: str, ts: str) -> bool:
    return any(
        (each.metadata or {}).get("event_payload", {}).get("final")
        for each in slack.world.messages(channel, ts, by_bot=True)
    )


def _check(slack: SlackStandIn, asked: dict[tuple[str, str], str]) -> None:
    found = Counter(len(slack.world.messages(channel, ts, by_bot=True)) for channel, ts in asked)
    assert found == {1: len(asked)}, f"answers of a question: {dict(found)}"
    for (channel, ts), words in asked.items():
        (said,) = slack.world.messages(channel, ts, by_bot=True)
        assert words in said.shown, (channel, ts, said.shown)
        assert not said.streaming, (channel, ts)
        assert _whole(slack, channel, ts), (channel, ts, said.shown)
    assert slack.world.lost == [], slack.world.lost


def _taken_again(settings: Settings) -> int:
    path = settings.data_dir / DATABASE_NAME
    query = "SELECT count(*) FROM slack_questions WHERE attempts > 1"
    with SqliteStore.open(path, create=False) as store, store._connections.reading() as db:
        return int(db.execute(query).fetchone()[0])


def be_a_bot(data_dir: Path, api_url: str) -> None:
    """A bot until standard input ends, as it does when the parent dies."""
    from tests.slack.state import APP_TOKEN, BOT_TOKEN

    settings = Settings.model_validate(
        {
            "data_dir": data_dir,
            "slack_bot_token": BOT_TOKEN,
            "slack_app_token": APP_TOKEN,
            "slack_api_url": api_url,
            "slack_per_user_per_minute": 0,
        }
    )
    tuning = tuned(lease_s=LEASE_S, pace=GROWING)
    with (
        open_hashed_service(settings, {}) as service,
        running(SlackBot(service, settings, tuning=tuning)) as bot,
        connected(bot),
    ):
        sys.stdin.read()


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--bot"]:
        be_a_bot(Path(arguments[1]), arguments[2])
        return
    questions = int(arguments[0]) if arguments else 1000
    kills = int(arguments[1]) if arguments[1:] else 10
    seed = int(arguments[2]) if arguments[2:] else random.randrange(10**6)
    sys.stdout.write(f"{questions} questions, {kills} kills, seed {seed}\n")
    with tempfile.TemporaryDirectory() as folder:
        counted = run(questions, kills, seed, Path(folder))
    sys.stdout.write(
        f"{counted.answered_once} of {counted.questions} answered exactly once: "
        f"{counted.again} deliveries came again, {counted.killed} processes were killed, "
        f"{counted.taken_again} questions taken up again, in {counted.elapsed_s:.0f} s\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
