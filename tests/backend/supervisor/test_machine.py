import pytest

from backend.supervisor.machine import (
    HEALTHY_AFTER,
    AllReady,
    Began,
    End,
    Ended,
    Finish,
    Force,
    Role,
    SaidReady,
    Say,
    ShowLog,
    SourcesChanged,
    Stage,
    Start,
    StopAsked,
    Supervisor,
    Ticked,
)

BACKEND = Role("backend", Stage.REST)
SINK = Role("sink", Stage.SINK)
WORKER = Role("worker-1", Stage.WORKERS)
PAGE = Role("page", Stage.REST, awaited=False)


@pytest.fixture
def supervisor() -> Supervisor:
    supervisor = Supervisor([BACKEND, SINK, WORKER, PAGE])
    supervisor.handle(Began(), now=0.0)
    return supervisor


def starts_and_ends(effects):
    return [effect for effect in effects if not isinstance(effect, Say)]


def test_everything_is_started_at_once():
    supervisor = Supervisor([BACKEND, SINK])

    effects = supervisor.handle(Began(), now=0.0)

    assert effects == [Start("backend"), Start("sink")]


def test_zonda_is_ready_once_every_awaited_process_is(supervisor):
    early = [supervisor.handle(SaidReady(name), now=1.0) for name in ("worker-1", "backend")]

    last = supervisor.handle(SaidReady("sink"), now=2.0)

    assert early == [[], []]
    assert last == [AllReady()]


def test_the_ready_line_is_said_once(supervisor):
    for name in ("worker-1", "backend", "sink"):
        supervisor.handle(SaidReady(name), now=1.0)
    supervisor.handle(Ended("sink", -9), now=2.0)

    effects = supervisor.handle(SaidReady("sink"), now=3.0)

    assert effects == []


def test_a_process_that_ended_before_the_others_were_ready_is_awaited_again(supervisor):
    supervisor.handle(SaidReady("worker-1"), now=1.0)
    supervisor.handle(SaidReady("backend"), now=1.0)
    supervisor.handle(Ended("backend", 1), now=1.5)

    effects = supervisor.handle(SaidReady("sink"), now=2.0)

    assert effects == []
    assert supervisor.handle(SaidReady("backend"), now=3.0) == [AllReady()]


def test_a_worker_that_ended_well_by_itself_was_drained_and_stays_away(supervisor):
    effects = supervisor.handle(Ended("worker-1", 0), now=5.0)

    assert effects == [Say("worker-1 was drained, and is not started again")]
    assert supervisor.wakes_at() is None
    assert starts_and_ends(supervisor.handle(Ticked(), now=500.0)) == []
    assert End("worker-1", Force.ASK) not in supervisor.handle(StopAsked(), now=501.0)


def test_a_worker_that_was_drained_before_everything_was_ready_is_not_awaited(supervisor):
    supervisor.handle(SaidReady("backend"), now=1.0)
    supervisor.handle(SaidReady("sink"), now=1.0)

    assert supervisor.handle(Ended("worker-1", 0), now=2.0)[-1] == AllReady()


def test_any_other_process_that_ended_well_is_started_again(supervisor):
    assert Start("sink") in supervisor.handle(Ended("sink", 0), now=5.0)


def test_the_first_restart_is_immediate(supervisor):
    effects = supervisor.handle(Ended("sink", -9), now=5.0)

    assert effects == [Say("sink ended (signal 9), restarting now"), Start("sink")]


def test_later_restarts_wait_twice_as_long_each_time_up_to_30_seconds(supervisor):
    supervisor.handle(SaidReady("sink"), now=0.0)
    waits = []
    now = 0.0
    for _ in range(8):
        supervisor.handle(Ended("sink", 1), now=now)
        due = supervisor.wakes_at()
        waits.append(0.0 if due is None else due - now)
        if due is not None:
            now = due
            assert supervisor.handle(Ticked(), now=now - 0.01) == []
            assert supervisor.handle(Ticked(), now=now) == [Start("sink")]

    assert waits == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_process_that_was_healthy_for_a_minute_is_restarted_at_once_again(supervisor):
    supervisor.handle(Ended("sink", 1), now=0.0)
    supervisor.handle(Ended("sink", 1), now=1.0)
    supervisor.handle(Ticked(), now=2.0)
    supervisor.handle(SaidReady("sink"), now=2.5)

    effects = supervisor.handle(Ended("sink", 1), now=2.0 + HEALTHY_AFTER)

    assert effects == [Say("sink ended (exit code 1), restarting now"), Start("sink")]


def test_a_process_that_fails_to_start_three_times_in_a_row_shows_its_log_once(supervisor):
    shown = []
    now = 0.0
    for _ in range(5):
        shown.append(ShowLog("backend") in supervisor.handle(Ended("backend", 1), now=now))
        now = supervisor.wakes_at() or now
        supervisor.handle(Ticked(), now=now)

    assert shown == [False, False, True, False, False]


def test_failures_before_a_process_was_ready_are_forgotten_once_it_was(supervisor):
    for now in (0.0, 1.0):
        supervisor.handle(Ended("backend", 1), now=now)
    supervisor.handle(Ticked(), now=2.0)
    supervisor.handle(SaidReady("backend"), now=3.0)

    effects = supervisor.handle(Ended("backend", 1), now=4.0)

    assert ShowLog("backend") not in effects


def test_a_stop_ends_workers_then_the_sink_then_the_rest(supervisor):
    first = supervisor.handle(StopAsked(), now=10.0)
    second = supervisor.handle(Ended("worker-1", 0), now=11.0)
    third = supervisor.handle(Ended("sink", 0), now=12.0)
    fourth = supervisor.handle(Ended("backend", 0), now=13.0)
    fifth = supervisor.handle(Ended("page", -9), now=13.0)

    assert starts_and_ends(first) == [End("worker-1", Force.ASK)]
    assert second == [End("sink", Force.ASK)]
    assert third == [End("backend", Force.ASK), End("page", Force.ASK)]
    assert fourth == []
    assert fifth == [Finish()]


def test_a_stop_without_workers_begins_with_the_sink():
    supervisor = Supervisor([BACKEND, SINK])
    supervisor.handle(Began(), now=0.0)

    effects = supervisor.handle(StopAsked(), now=1.0)

    assert starts_and_ends(effects) == [End("sink", Force.ASK)]


def test_a_stop_while_a_process_waits_for_its_restart_does_not_start_it(supervisor):
    supervisor.handle(Ended("sink", 1), now=0.0)
    supervisor.handle(Ended("sink", 1), now=0.1)
    supervisor.handle(StopAsked(), now=0.2)

    effects = supervisor.handle(Ticked(), now=5.0)
    after_workers = supervisor.handle(Ended("worker-1", 0), now=5.0)

    assert effects == []
    assert after_workers == [End("backend", Force.ASK), End("page", Force.ASK)]


def test_a_stop_with_nothing_running_finishes_at_once():
    supervisor = Supervisor([])

    assert starts_and_ends(supervisor.handle(StopAsked(), now=0.0)) == [Finish()]


def test_what_does_not_end_in_time_is_killed(supervisor):
    supervisor.handle(StopAsked(), now=0.0)

    patient = supervisor.handle(Ticked(), now=11.9)
    killed = supervisor.handle(Ticked(), now=12.0)

    assert patient == []
    assert killed == [Say("worker-1 did not end in time and was killed"), End("worker-1", Force.KILL)]
    assert supervisor.handle(Ticked(), now=13.0) == []


def test_a_stop_in_which_nothing_ends_by_itself_takes_less_than_15_seconds(supervisor):
    now = 0.0
    ends = supervisor.handle(StopAsked(), now=now)
    while Finish() not in ends:
        due = supervisor.wakes_at()
        assert due is not None
        now = due
        killed = [effect.name for effect in supervisor.handle(Ticked(), now=now) if isinstance(effect, End)]
        ends = [effect for name in killed for effect in supervisor.handle(Ended(name, -9), now=now)]

    assert now < 14.5


def test_a_second_stop_kills_everything_at_once(supervisor):
    supervisor.handle(StopAsked(), now=0.0)

    effects = supervisor.handle(StopAsked(), now=0.5)

    assert effects == [End(name, Force.KILL) for name in ("backend", "sink", "worker-1", "page")]
    for name in ("backend", "sink", "worker-1"):
        assert Finish() not in supervisor.handle(Ended(name, -9), now=0.6)
    assert Finish() in supervisor.handle(Ended("page", -9), now=0.6)


def test_a_process_that_says_ready_during_a_stop_makes_no_ready_line(supervisor):
    supervisor.handle(SaidReady("worker-1"), now=0.0)
    supervisor.handle(SaidReady("backend"), now=0.0)
    supervisor.handle(StopAsked(), now=0.5)

    assert supervisor.handle(SaidReady("sink"), now=0.6) == []


def test_changed_sources_end_what_runs_them_and_start_it_anew_without_back_off(supervisor):
    ended = supervisor.handle(SourcesChanged(), now=1.0)
    again = supervisor.handle(SourcesChanged(), now=1.1)
    started = supervisor.handle(Ended("backend", 0), now=1.5)

    assert starts_and_ends(ended) == [End(name, Force.ASK) for name in ("backend", "sink", "worker-1")]
    assert starts_and_ends(again) == []
    assert started == [Start("backend")]


def test_sources_changed_during_a_stop_restart_nothing(supervisor):
    supervisor.handle(StopAsked(), now=0.0)

    assert supervisor.handle(SourcesChanged(), now=0.1) == []
    assert supervisor.stopping
