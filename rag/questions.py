"""Works off the questions that a store keeps: a few at a time, each by one worker in all processes.

Invariant: a question is open until its handler says how it ended. Whatever else happens to it, a
crash among it, it is taken again: after its lease, or when its handler asked for it.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable

from embeddings.errors import QuothError
from rag.store.slack_base import NewQuestion, Outcome, SlackQuestion, SlackStore

logger = logging.getLogger(__name__)

LEASE_S = 30.0
"""So long waits, after a crash, a question that was being answered."""
WORKERS = 4
_IDLE_S = 0.5
_SETTLED_S = 0.03
_SETTLES_WITHIN_S = 0.5
"""While questions come in, answering the first of them waits a moment: whoever sends them waits for
each to be kept."""
_BEATS = 4
"""How often a lease is renewed before it would run out; all but one may fail."""
_AFTER_BUG_S = 10.0


class LeaseLost(Exception):
    """Somebody else works on the question now: whoever finds that out leaves it alone."""


class TryAgain(Exception):
    """The question cannot be dealt with now.

    Args:
        after_s: When to try again, in seconds from now.
        reason: For the log; no word of the question.
    """

    def __init__(self, after_s: float, reason: str) -> None:
        super().__init__(reason)
        self.after_s = after_s
        self.reason = reason


class Lease:
    """A question that is held, and what may be said of it meanwhile."""

    def __init__(self, store: SlackStore, question: SlackQuestion, owner: str, lease_s: float):
        self.question = question
        self._store = store
        self._owner = owner
        self._lease_s = lease_s

    @property
    def event_id(self) -> str:
        """The question's."""
        return self.question.asked.event_id

    def check(self) -> None:
        """Makes the lease last from now.

        Raises:
            LeaseLost: It is not held any more.
            StoreError: That cannot be found out.
        """
        if not self._store.renew(self.event_id, self._owner, self._lease_s):
            raise LeaseLost

    def note(self, *, answer_id: str | None = None, posted_ts: str | None = None) -> None:
        """Keeps what another process must know to go on with the question.

        Raises:
            LeaseLost: It is not held any more.
            StoreError: It cannot be written.
        """
        if not self._store.note(
            self.event_id, self._owner, answer_id=answer_id, posted_ts=posted_ts
        ):
            raise LeaseLost

    def close(self, outcome: Outcome) -> None:
        """Ends the question; nothing happens where the lease is lost."""
        self._store.close(self.event_id, self._owner, outcome)

    def release(self, after_s: float) -> None:
        """Gives it back, to be taken again later."""
        self._store.release(self.event_id, self._owner, after_s=after_s)


Handle = Callable[[Lease], Outcome]
"""Deals with one question; raises TryAgain or LeaseLost, or else says how it ended."""


class Questions:
    """A pool of threads over a store; several processes may each have one over the same store.

    Args:
        store: The questions.
        handle: Deals with one; called from several threads.
        workers: How many questions at a time.
        lease_s: For how long a question stays with a process that does not stir.
    """

    def __init__(
        self,
        store: SlackStore,
        handle: Handle,
        *,
        workers: int = WORKERS,
        lease_s: float = LEASE_S,
    ) -> None:
        self.store = store
        self._handle = handle
        self._lease_s = lease_s
        self._owner = f"pool_{secrets.token_hex(8)}"
        self._held: dict[str, Lease] = {}
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._came_at = 0.0
        self._threads = [
            threading.Thread(target=self._work, name=f"question-{number}", daemon=True)
            for number in range(workers)
        ]
        self._threads.append(threading.Thread(target=self._beat, name="leases", daemon=True))

    def add(self, question: NewQuestion) -> bool:
        """Keeps a question to be dealt with; False where it is known already.

        Raises:
            StoreError: It was not kept.
        """
        self._came_at = time.monotonic()
        added = self.store.add(question)
        if added:
            with self._changed:
                self._changed.notify()
        return added

    def start(self) -> None:
        """Begins to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, grace_s: float) -> None:
        """Takes no more questions, and waits for those at hand as long as that."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        deadline = time.monotonic() + grace_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._let_settle()
            try:
                question = self.store.take(self._owner, self._lease_s)
            except QuothError as exc:
                logger.warning("No question can be taken: %s", exc.message)
                question = None
            if question is not None:
                self._deal_with(Lease(self.store, question, self._owner, self._lease_s))
                continue
            with self._changed:
                if not self._stopping.is_set():
                    self._changed.wait(_IDLE_S)

    def _let_settle(self) -> None:
        until = time.monotonic() + _SETTLES_WITHIN_S
        while (now := time.monotonic()) < min(until, self._came_at + _SETTLED_S):
            time.sleep(min(until, self._came_at + _SETTLED_S) - now)

    def _deal_with(self, lease: Lease) -> None:
        started = time.perf_counter()
        with self._changed:
            self._held[lease.event_id] = lease
        try:
            self._end(lease)
        except QuothError as exc:
            # Still open: it is taken again when its lease has run out.
            logger.warning("Question %s stays open: %s", lease.event_id, exc.message)
        finally:
            with self._changed:
                self._held.pop(lease.event_id, None)
                # A later question of the same thread may have waited for this one.
                self._changed.notify()
        logger.info("question %s: %.0f ms", lease.event_id, (time.perf_counter() - started) * 1000)

    def _end(self, lease: Lease) -> None:
        try:
            outcome = self._handle(lease)
        except LeaseLost:
            logger.info("question %s went to another process", lease.event_id)
        except TryAgain as again:
            logger.warning(
                "Question %s is tried again in %.0f s: %s",
                lease.event_id,
                again.after_s,
                again.reason,
            )
            lease.release(again.after_s)
        except Exception:
            logger.exception("Question %s failed with a bug.", lease.event_id)
            lease.release(_AFTER_BUG_S)
        else:
            lease.close(outcome)

    def _beat(self) -> None:
        while not self._stopping.wait(self._lease_s / _BEATS):
            with self._changed:
                held = list(self._held.values())
            for lease in held:
                try:
                    lease.check()
                except LeaseLost:
                    # Ended meanwhile, or gone to another process; who works on it finds out.
                    logger.debug("the lease of question %s is over", lease.event_id)
                except QuothError as exc:
                    logger.warning("A lease was not renewed: %s", exc.message)
