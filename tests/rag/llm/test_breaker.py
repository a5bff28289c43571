from rag.llm.breaker import Breaker


def breaker() -> tuple[Breaker, list[float]]:
    now = [0.0]
    return Breaker(failures=2, rest_s=10, now=lambda: now[0]), now


def test_it_opens_after_failures_in_a_row() -> None:
    tested, _ = breaker()
    for fails in (True, False, True, True):
        assert tested.allows()
        tested.failed() if fails else tested.succeeded()
    assert tested.state == "open"
    assert not tested.allows()


def test_after_a_rest_one_call_tries_alone() -> None:
    tested, now = breaker()
    tested.failed()
    tested.failed()
    now[0] = 10
    assert tested.state == "half_open"
    assert [tested.allows(), tested.allows()] == [True, False]
    tested.succeeded()
    assert tested.state == "closed"


def test_a_try_that_fails_opens_it_for_another_rest() -> None:
    tested, now = breaker()
    tested.failed()
    tested.failed()
    now[0] = 10
    assert tested.allows()
    tested.failed()
    now[0] = 19
    assert tested.state == "open"


def test_a_try_that_tells_nothing_leaves_room_for_another() -> None:
    tested, now = breaker()
    tested.failed()
    tested.failed()
    now[0] = 10
    assert tested.allows()
    tested.undecided()
    assert tested.allows()
