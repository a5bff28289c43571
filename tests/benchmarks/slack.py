"""The Slack bot: how soon it acknowledges, and whether every failure gets a reply.

    python -m tests.benchmarks.slack [--rounds N] [--failures-only | --load-only]

The bot is a process of its own, `quoth slack` or `quoth serve`, with the real model over the seeds;
Slack is the stand-in of the tests. Of 50 questions that come at once each delivery's time until its
acknowledgement is taken, as Slack takes it.
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.api.slack.injected import INJECTED, reply_to, staged
from tests.benchmarks.corpora import SEEDS
from tests.benchmarks.figures import Figure, print_table
from tests.benchmarks.processes import QUOTH, environment, run_once
from tests.benchmarks.serving import await_ready
from tests.slack.server import SlackStandIn
from tests.slack.state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

AT_ONCE = 50
ACK_BAR_MS = 500
CHANNELS = 10
START_TIMEOUT_S = 60
QUESTIONS = (
    "By how much has trade grown since the Xi'an summit?",
    "How long is the railway?",
    "Who spoke about women's rights?",
    "What did the president say about energy?",
    "When does the festival begin?",
)


def main() -> int:
    """Prints the figures; the exit code says whether every bar is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.slack", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--failures-only", action="store_true")
    parser.add_argument("--load-only", action="store_true")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="quoth-bench-") as folder:
        if not arguments.failures_only:
            figures += load_figures(Path(folder), arguments.rounds)
        if not arguments.load_only:
            figures += failure_figures(Path(folder))
    print_table(figures, [])
    return 0 if all(figure.met is not False for figure in figures) else 1


def load_figures(folder: Path, rounds: int) -> Iterator[Figure]:
    """Acknowledgements over both ways that events come."""
    data_dir = folder / "seeds"
    run_once(["ingest", str(SEEDS)], data_dir)
    for mode in ("socket", "http"):
        with SlackStandIn() as slack, bot_process(slack, data_dir, mode):
            taken_ms, answered_s = _load(slack, rounds)
        yield Figure(
            f"acknowledgement, {AT_ONCE} questions at once, {mode}, p99",
            taken_ms[int(0.99 * len(taken_ms))],
            "ms",
            ACK_BAR_MS,
            "at most",
        )
        yield Figure(f"the same, median, {mode}", taken_ms[len(taken_ms) // 2], "ms")
        yield Figure(f"the slowest, {mode}", taken_ms[-1], "ms")
        yield Figure(f"until all {AT_ONCE} are answered, {mode}, slowest round", answered_s, "s")


def failure_figures(folder: Path) -> Iterator[Figure]:
    """One bot for each failure, so that none helps another."""
    silent: list[str] = []
    slowest_s = 0.0
    for number, name in enumerate(INJECTED):
        texts = {"texts": {}} if name == "nothing was ingested" else {}
        with staged(folder / f"failure{number}", **texts) as stage:
            started = time.perf_counter()
            said = reply_to(stage, name)
            slowest_s = max(slowest_s, time.perf_counter() - started)
        if said is None:
            silent.append(name)
            sys.stderr.write(f"silent: {name}\n")
    yield Figure("failures injected", len(INJECTED))
    yield Figure("without a reply", len(silent), "", 0, "at most")
    yield Figure("the slowest reply", slowest_s, "s")


@contextmanager
def bot_process(slack: SlackStandIn, data_dir: Path, mode: str) -> Iterator[None]:
    """The bot, ready to be told of events."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {
        "QUOTH_SLACK_BOT_TOKEN": BOT_TOKEN,
        "QUOTH_SLACK_APP_TOKEN": APP_TOKEN,
        "QUOTH_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "QUOTH_SLACK_API_URL": slack.api_url,
        "QUOTH_SLACK_MODE": mode,
        "QUOTH_SLACK_PER_USER_PER_MINUTE": "0",
        "QUOTH_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    command = [QUOTH, "slack"] if mode == "socket" else [QUOTH, "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, env={**environment(data_dir), **given}, stderr=subprocess.DEVNULL
    )
    try:
        if mode == "http":
            await_ready(port, time.perf_counter() + START_TIMEOUT_S)
            slack.use_http(f"http://127.0.0.1:{port}/slack/events")
        elif not slack.world.wait_for(lambda: slack.connections() > 0, START_TIMEOUT_S):
            raise RuntimeError("The bot did not connect.")
        yield
    finally:
        process.terminate()
        process.wait(30)


def _load(slack: SlackStandIn, rounds: int) -> tuple[list[float], float]:
    """Milliseconds until each acknowledgement, ascending, and the slowest round in seconds."""
    world = slack.world
    for number in range(CHANNELS):
        world.add_channel(f"CX{number}", f"channel-{number}")
    slowest_s = 0.0
    for _ in range(rounds):
        started = time.perf_counter()
        asked = []
        for number in range(AT_ONCE):
            channel = f"CX{number % CHANNELS}"
            asked.append((channel, world.say(channel, "U2", QUESTIONS[number % len(QUESTIONS)])))
        world.wait_for(
            lambda asked=asked: all(world.messages(*each, by_bot=True) for each in asked), 120
        )
        slowest_s = max(slowest_s, time.perf_counter() - started)
    missed = len(world.missed)
    if missed:
        sys.stderr.write(f"{missed} deliveries were not acknowledged within 3 s\n")
    return sorted(ack.delay_s * 1000 for ack in world.acks), slowest_s


if __name__ == "__main__":
    sys.exit(main())
