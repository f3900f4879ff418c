from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from sink.effects import Call, Effect, Exit, GiveUp, ToStatus
from sink.events import CallAnswered, CallFailed, CallRefused, Event, ReportsHeard, StopAsked, Ticked
from sink.machine import (
    BYTES_AT_MOST,
    DOUBTED_AT_LEAST,
    DOUBTED_FOR,
    LONGEST_PAUSE,
    REFUSALS,
    REPORTS_AT_MOST,
    WAITING_REPORTS_AT_MOST,
    Sink,
)
from tests.sink.reports import a_start, a_success
from wire.messages import (
    Answer,
    AttemptFailed,
    AttemptLog,
    AttemptLost,
    AttemptProgress,
    AttemptSucceeded,
    Line,
    OnResults,
    ReportKind,
    SettledBySink,
)

ANY_SIZE = msgspec.json.Decoder(list[OnResults])


class Driver:
    """Feeds a sink, and holds what must be true at every step."""

    def __init__(self) -> None:
        self.sink = Sink()
        self.now = 50.0
        self.call: tuple[bytes, ...] | None = None
        self.heard: set[tuple[str, int]] = set()
        self.settled: list[SettledBySink] = []

    def happens(self, event: Event, after: float = 0.0) -> list[Effect]:
        self.now += after
        if isinstance(event, CallAnswered | CallFailed | CallRefused):
            self.call = None
        effects = self.sink.handle(event, self.now)
        for effect in effects:
            if isinstance(effect, Call):
                assert self.call is None, "two calls in flight"
                assert len(effect.reports) <= REPORTS_AT_MOST
                assert len(effect.reports) == 1 or sum(map(len, effect.reports)) <= BYTES_AT_MOST
                self.call = effect.reports
            elif isinstance(effect, ToStatus):
                self.settled += effect.messages
                assert {(one.task_id, one.fence) for one in effect.messages} <= self.heard
        return effects

    def hears(self, *reports: OnResults) -> list[Effect]:
        self.heard |= {(report.task_id, report.fence) for report in reports}
        return self.happens(ReportsHeard(reports))

    def answered(self, *answers: str) -> list[Effect]:
        assert self.call is not None
        return self.happens(CallAnswered(answers or ("APPLIED",) * len(self.call)))

    def refused(self, why: str = "HTTP 500", *, sure: bool = True) -> list[Effect]:
        return self.happens(CallRefused(why, sure))

    def lives_on(self, until: float, answers: Callable[[list[OnResults]], bool]) -> int:
        """The backend answers those calls, and fails at the others without a word about them; how many it had."""
        calls = 0
        while self.sink.next_deadline() < until or self.call is not None:
            if self.call is None:
                self.ticks()
                continue
            calls += 1
            # A call takes a while, as it does.
            self.now += 0.01
            if answers(self.called()):
                self.answered()
            else:
                self.refused("HTTP 500", sure=False)
        return calls

    def failed_at(self) -> None:
        """Alone, as often as it takes to do something about it, without a word about it."""
        for _ in range(REFUSALS):
            assert len(self.call or self.ticks()) == 1
            assert self.refused(sure=False) == []

    def ticks(self) -> list[Effect]:
        assert self.sink.next_deadline() < float("inf")
        self.now = max(self.now, self.sink.next_deadline())
        return self.happens(Ticked())

    def called(self) -> list[OnResults]:
        """The reports of the call in flight, as the backend reads them."""
        assert self.call is not None
        return ANY_SIZE.decode(b"[" + b",".join(self.call) + b"]")


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    assert driver.sink.next_deadline() > driver.now, "a call is due and was not made"


def fences(reports: list[OnResults]) -> list[int]:
    return [report.fence for report in reports]


def test_an_idle_sink_calls_at_once(driver):
    [call] = driver.hears(a_start(1), a_success(1))

    assert isinstance(call, Call)
    assert driver.called() == [a_start(1), a_success(1)]


def test_reports_that_come_during_a_call_are_gathered_for_the_next_one(driver):
    driver.hears(a_success(1))
    assert driver.hears(a_success(2)) == []
    assert driver.hears(a_success(3)) == []

    driver.answered()

    assert fences(driver.called()) == [2, 3]


def test_each_report_is_settled_with_its_answer_and_only_after_it(driver):
    driver.hears(a_start(1), a_success(1), AttemptLost(**common(2), error="x"), AttemptFailed(**common(3), **TEXTS))
    assert driver.settled == []

    driver.answered("APPLIED", "DUPLICATE", "STALE", "REFUSED")

    assert [(one.fence, one.report, one.answer, one.incarnation) for one in driver.settled] == [
        (1, ReportKind.STARTED, Answer.APPLIED, "me"),
        (1, ReportKind.SUCCEEDED, Answer.DUPLICATE, "me"),
        (2, ReportKind.LOST, Answer.STALE, "me"),
        (3, ReportKind.FAILED, Answer.REFUSED, "me"),
    ]


def test_a_call_has_at_most_2000_reports(driver):
    driver.hears(a_success(1))
    driver.hears(*(a_success(fence) for fence in range(2, 2503)))
    driver.answered()

    assert len(driver.called()) == REPORTS_AT_MOST
    driver.answered()
    assert len(driver.called()) == 501


def test_a_call_has_at_most_4_mib_unless_one_report_is_larger(driver):
    large = b'"' + b"x" * (BYTES_AT_MOST // 3) + b'"'
    driver.hears(*(a_success(fence, large) for fence in (1, 2, 3)), a_success(4, b'"' + b"x" * BYTES_AT_MOST + b'"'))

    assert fences(driver.called()) == [1, 2]
    driver.answered()
    assert fences(driver.called()) == [3]
    driver.answered()
    assert fences(driver.called()) == [4]


def test_the_same_report_again_is_merged_while_it_waits_or_is_in_flight(driver):
    driver.hears(a_success(1))
    driver.hears(a_success(1), a_success(2), a_success(2), a_start(2))
    driver.answered()

    assert driver.called() == [a_success(2), a_start(2)]
    driver.answered()
    driver.hears(a_success(1))
    assert fences(driver.called()) == [1]


def test_nothing_is_settled_of_what_running_attempts_tell(driver):
    driver.hears(a_progress(1, 0.5), a_log(1, 1))
    assert driver.answered() == []

    driver.hears(a_progress(1, 0.6), a_log(1, 2), a_success(1))
    driver.answered()

    assert [(one.fence, one.report) for one in driver.settled] == [(1, ReportKind.SUCCEEDED)]


def test_the_last_progress_of_an_attempt_goes_in_the_place_of_the_one_that_waits(driver):
    driver.hears(a_start(9))
    driver.hears(a_progress(1, 0.1), a_progress(2, 0.1), a_success(3))
    driver.hears(a_progress(1, 0.2))
    driver.hears(a_progress(1, 0.3))
    driver.answered()

    assert driver.called() == [a_progress(1, 0.3), a_progress(2, 0.1), a_success(3)]


def test_a_progress_that_comes_while_another_is_in_flight_goes_with_the_next_call(driver):
    driver.hears(a_progress(1, 0.1))
    driver.hears(a_progress(1, 0.2))
    driver.hears(a_progress(1, 0.3))
    driver.answered()

    assert driver.called() == [a_progress(1, 0.3)]


def test_lines_go_before_the_outcome_that_came_after_them_and_once(driver):
    driver.hears(a_start(9))
    driver.hears(a_log(1, 1), a_log(1, 2), a_log(2, 1), a_log(1, 2), a_success(1))
    driver.answered()

    assert driver.called() == [a_log(1, 1), a_log(1, 2), a_log(2, 1), a_success(1)]


def test_what_is_told_is_kept_while_nobody_answers_and_dropped_when_it_may_be_what_is_refused(driver):
    driver.hears(a_log(1, 1), a_success(1), a_progress(2, 0.5))
    driver.happens(CallFailed("no answer"))
    driver.ticks()
    assert driver.called() == [a_log(1, 1), a_success(1), a_progress(2, 0.5)]

    driver.refused()
    driver.ticks()

    assert driver.called() == [a_success(1)]
    driver.answered()


def test_a_refused_call_with_nothing_but_what_is_told_is_not_made_again(driver):
    driver.hears(a_log(1, 1))

    assert driver.refused() == []

    assert driver.sink.next_deadline() == float("inf")
    driver.happens(Ticked(), after=1.0)
    driver.hears(a_log(1, 1))
    assert driver.called() == [a_log(1, 1)]
    driver.answered()


@pytest.mark.parametrize("size", [0, 3_900])
def test_what_is_told_is_dropped_beyond_a_limit_and_neither_fills_the_sink_nor_holds_outcomes_up(driver, size):
    driver.hears(a_start(9))
    driver.hears(*(a_log(1, number, "x" * size) for number in range(1, 6_000)))
    assert not driver.sink.full
    driver.hears(a_success(1))
    told = 0
    while not any(isinstance(report, AttemptSucceeded) for report in driver.called()):
        told += sum(isinstance(report, AttemptLog) for report in driver.called())
        driver.answered()

    told += sum(isinstance(report, AttemptLog) for report in driver.called())
    assert told == 5_000 if size == 0 else told == pytest.approx(16 * 1024 * 1024 / (size + 150), rel=0.02)
    driver.answered()
    driver.hears(a_log(1, 1))
    assert driver.called() == [a_log(1, 1)]
    driver.answered()


def test_a_call_without_answer_is_repeated_whole_after_a_growing_pause(driver):
    driver.hears(a_success(1), a_success(2))
    driver.hears(a_success(3))
    pauses = []
    for _ in range(7):
        failed_at = driver.now
        assert driver.happens(CallFailed("refused")) == []
        driver.ticks()
        pauses.append(round(driver.now - failed_at, 3))
        assert fences(driver.called()) == [1, 2]

    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    driver.answered()
    assert fences(driver.called()) == [3]
    driver.happens(CallFailed("refused"))
    assert driver.sink.next_deadline() == pytest.approx(driver.now + 0.1)


def test_reports_that_come_during_a_pause_do_not_cut_it_short(driver):
    driver.hears(a_success(1))
    driver.happens(CallFailed("refused"))

    assert driver.hears(a_success(2)) == []
    assert driver.happens(Ticked(), after=0.05) == []


def test_a_call_refused_once_is_repeated_whole_and_refused_twice_is_halved(driver):
    driver.hears(*(a_success(fence) for fence in (1, 2, 3, 4, 5)))
    driver.refused()
    driver.ticks()
    assert fences(driver.called()) == [1, 2, 3, 4, 5]

    driver.refused()
    assert fences(driver.called()) == [1, 2]
    driver.answered()
    assert fences(driver.called()) == [3, 4, 5]


def test_one_bad_report_holds_up_none_of_its_batch(driver):
    driver.hears(*(a_success(fence) for fence in range(1, 101)))
    began = driver.now
    for _ in range(100):
        if driver.call is None and driver.sink.next_deadline() == float("inf"):
            break
        if driver.call is None:
            driver.ticks()
        elif any(report == a_success(42) for report in driver.called()):
            driver.refused("HTTP 400 cannot be read")
        else:
            driver.answered()

    assert sorted(one.fence for one in driver.settled) == list(range(1, 101))
    assert driver.now - began < 5.0


def test_a_report_that_is_refused_alone_twice_goes_once_more_as_a_failure_without_its_result(driver):
    driver.hears(a_success(1, b'"bad"'))
    driver.refused()
    driver.ticks()
    driver.refused("HTTP 500 cannot be written")
    driver.ticks()

    [report] = driver.called()
    assert isinstance(report, AttemptFailed)
    assert (report.task_id, report.fence, report.attempt, report.ran) == ("t1", 1, 1, 0.5)
    assert report.error == "the worker's report was refused: HTTP 500 cannot be written"
    assert (report.exception, report.traceback) == ("", "")
    driver.answered()
    assert [(one.fence, one.report) for one in driver.settled] == [(1, ReportKind.SUCCEEDED)]


HOUR = 3600.0


def bad(*wrong: int) -> Callable[[list[OnResults]], bool]:
    """A backend that fails at whatever has one of these outcomes in it."""
    return lambda called: not any(isinstance(one, AttemptSucceeded) and one.fence in wrong for one in called)


def nothing(called: list[OnResults]) -> bool:
    """A backend that fails at whatever it is asked."""
    return False


def test_a_backend_that_fails_at_everything_costs_no_result_however_long_it_does(driver):
    driver.hears(a_success(1))
    driver.hears(*(a_success(fence) for fence in range(2, 100)))

    calls = driver.lives_on(50.0 + HOUR, nothing)
    driver.hears(a_success(100))
    driver.lives_on(50.0 + HOUR + 10.0, nothing)

    assert calls < HOUR / LONGEST_PAUSE + 20, "asked too often"
    kept: list[OnResults] = []

    def well(called: list[OnResults]) -> bool:
        kept.extend(called)
        return True

    driver.lives_on(driver.now + 10.0, well)
    assert {one.fence for one in kept} == set(range(1, 101))
    assert all(isinstance(one, AttemptSucceeded) for one in kept)
    assert sorted(one.fence for one in driver.settled) == list(range(1, 101))
    assert len({one.fence for one in kept}) == len(kept)


def test_what_the_backend_fails_at_alone_is_at_fault_after_a_minute_where_it_is_well_otherwise(driver):
    driver.hears(a_success(1))

    driver.lives_on(50.0 + DOUBTED_FOR - 1.0, bad(1))
    assert driver.settled == []
    driver.lives_on(50.0 + DOUBTED_FOR + 5.0, bad(1))

    assert [one.fence for one in driver.settled] == [1]


def test_that_a_backend_was_well_says_nothing_of_a_report_that_it_fails_at_later(driver):
    driver.hears(a_success(1))
    driver.lives_on(50.0 + DOUBTED_FOR / 2, bad(1))

    driver.lives_on(50.0 + HOUR, nothing)

    assert driver.settled == []
    driver.lives_on(driver.now + 5.0, lambda called: called == [a_success(1)])
    assert [one.fence for one in driver.settled] == [1]


def test_what_the_backend_fails_at_without_a_word_lets_others_go_first_and_is_at_fault_when_they_are_answered(driver):
    driver.hears(a_success(1))
    driver.failed_at()
    driver.hears(a_success(2))
    driver.ticks()
    assert fences(driver.called()) == [2]
    driver.answered()

    driver.lives_on(50.0 + DOUBTED_AT_LEAST - 1.0, bad(1))
    assert [one.fence for one in driver.settled] == [2]
    driver.lives_on(50.0 + DOUBTED_AT_LEAST + 3.0, bad(1))

    assert [one.fence for one in driver.settled] == [2, 1]


def test_one_that_the_backend_fails_at_among_many_holds_none_of_them_up(driver):
    driver.hears(*(a_success(fence) for fence in range(1, 101)))

    driver.lives_on(53.0, bad(42))
    assert sorted(one.fence for one in driver.settled) == [fence for fence in range(1, 101) if fence != 42]
    driver.lives_on(driver.now + DOUBTED_AT_LEAST + 3.0, bad(42))

    assert driver.settled[-1].fence == 42


def test_many_that_the_backend_fails_at_do_not_hold_up_what_comes_later(driver):
    wrong = range(1, 31)
    driver.hears(*(a_success(fence) for fence in wrong))
    driver.lives_on(driver.now + 20.0, bad(*wrong))
    assert driver.settled == []

    for fence in range(1001, 1011):
        driver.hears(a_success(fence))
        driver.lives_on(driver.now + 0.5, bad(*wrong))
        assert fence in [one.fence for one in driver.settled]
    driver.lives_on(driver.now + 2 * DOUBTED_FOR, bad(*wrong))

    assert sorted(one.fence for one in driver.settled)[: len(wrong)] == list(wrong)


def test_whether_the_backend_is_well_is_asked_again_when_it_did_not_answer(driver):
    driver.hears(a_success(1))
    driver.failed_at()
    driver.ticks()
    assert driver.called() == []

    driver.happens(CallFailed("no connection"))
    driver.ticks()
    assert driver.called() == []
    driver.answered()

    assert driver.called() == [a_success(1)]
    assert driver.settled == []


def test_a_report_that_is_refused_even_so_is_given_up_and_taken_again_when_it_comes_again(driver):
    driver.hears(a_success(1))
    for _ in range(3):
        driver.refused("no")
        driver.ticks()

    assert driver.refused("no") == [GiveUp("t1", 1, "no")]
    assert driver.call is None
    driver.hears(a_success(1))
    driver.ticks()
    assert driver.called() == [a_success(1)]


def test_a_start_has_nothing_to_leave_out_and_is_given_up(driver):
    driver.hears(a_start(1))
    driver.refused()
    driver.ticks()

    assert driver.refused("no") == [GiveUp("t1", 1, "no")]


@pytest.mark.parametrize("answers", [(), ("APPLIED", "APPLIED"), ("MAYBE",)], ids=str)
def test_an_answer_that_does_not_fit_the_reports_counts_as_a_refusal(driver, answers):
    driver.hears(a_success(1))

    driver.happens(CallAnswered(answers))

    assert driver.settled == []
    driver.ticks()
    assert fences(driver.called()) == [1]


def test_an_answer_that_nobody_waits_for_changes_nothing(driver):
    assert driver.happens(CallAnswered(("APPLIED",))) == []
    assert driver.happens(CallFailed("late")) == []
    assert driver.happens(CallRefused("late")) == []


def test_the_sink_is_full_by_number_until_reports_are_answered(driver):
    driver.hears(*(a_success(fence) for fence in range(1, WAITING_REPORTS_AT_MOST)))
    assert not driver.sink.full
    driver.hears(a_success(WAITING_REPORTS_AT_MOST))
    assert driver.sink.full
    driver.answered()
    assert not driver.sink.full


def test_the_sink_is_full_by_bytes_until_reports_are_answered(driver):
    large = b'"' + b"x" * BYTES_AT_MOST + b'"'
    driver.hears(*(a_success(fence, large) for fence in range(1, 17)))
    assert driver.sink.full
    driver.answered()
    assert not driver.sink.full


def test_bytes_are_given_back_whatever_becomes_of_a_report(driver):
    large = b'"' + b"x" * (BYTES_AT_MOST // 2) + b'"'
    for fence in range(1, 40):
        driver.hears(a_success(fence, large))
        while driver.call is None or fences(driver.called()) == [fence]:
            if driver.call is None and driver.sink.next_deadline() == float("inf"):
                break
            driver.refused() if driver.call else driver.ticks()
        assert not driver.sink.full


def test_an_idle_sink_that_is_asked_to_stop_ends(driver):
    assert driver.happens(StopAsked()) == [Exit(0)]
    assert driver.hears(a_success(1)) == []
    assert driver.sink.next_deadline() == float("inf")


def test_a_stopping_sink_finishes_its_call_and_begins_no_other(driver):
    driver.hears(a_success(1))
    driver.hears(a_success(2))
    assert driver.happens(StopAsked()) == []
    assert driver.sink.stopping

    effects = driver.answered()

    assert [type(effect) for effect in effects] == [ToStatus, Exit]


def test_a_stopping_sink_waits_two_seconds_for_its_call(driver):
    driver.hears(a_success(1))
    driver.happens(StopAsked())
    driver.happens(StopAsked(), after=1.0)

    assert driver.happens(Ticked(), after=0.9) == []
    assert driver.sink.next_deadline() == pytest.approx(driver.now + 0.1)
    assert driver.ticks() == [Exit(0)]


def about(fence: int) -> dict:
    return {"task_id": f"t{fence}", "attempt": 1, "fence": fence, "worker": "W1", "incarnation": "me"}


def a_progress(fence: int, fraction: float) -> AttemptProgress:
    return AttemptProgress(**about(fence), fraction=fraction)


def a_log(fence: int, number: int, text: str = "hello") -> AttemptLog:
    return AttemptLog(**about(fence), lines=(Line(number, 0.5, "stdout", text),))


def common(fence: int) -> dict:
    return {"task_id": f"t{fence}", "attempt": 1, "fence": fence, "worker": "W1", "incarnation": "me", "ran": 0.5}


TEXTS: dict[str, Any] = {"error": "ValueError: no", "exception": "builtins.ValueError", "traceback": "…"}
