"""Thousands of unlucky histories: ZONDA_SEEDS of them from ZONDA_SEED on. One that fails says how to repeat it."""

import os
from collections import Counter

import pytest

from tests.simulation.faults import KINDS, Faults
from tests.simulation.histories import live_through
from tests.simulation.world import World

FIRST = int(os.environ.get("ZONDA_SEED", "1"))
SEEDS = int(os.environ.get("ZONDA_SEEDS", "10000"))
PARTS = 8

ENOUGH = 5000
"""Of so many each part has every kind of fault many times."""

pytestmark = [pytest.mark.simulation, pytest.mark.timeout(max(120, SEEDS))]


@pytest.mark.parametrize("part", range(min(PARTS, SEEDS)))
def test_every_task_ends_once_whatever_goes_wrong(part: int):
    happened: Counter[str] = Counter()
    for seed in range(FIRST + part, FIRST + SEEDS, PARTS):
        happened += live_through(seed).happened

    if SEEDS >= ENOUGH:
        assert set(happened) == KINDS, "each kind of fault that there is has happened"


@pytest.mark.parametrize("seed", range(20))
def test_a_calm_history_runs_every_task_once(seed: int):
    live_through(seed, ["none"])


@pytest.mark.parametrize("seed", range(20))
def test_a_restarted_ventilator_loses_nothing_that_runs(seed: int):
    live_through(seed, ["ventilator_kill"])


@pytest.mark.parametrize("seed", range(20))
def test_a_sink_and_a_backend_that_come_and_go_cost_only_time(seed: int):
    live_through(seed, ["sink_kill", "backend_down", "calls_fail"])


@pytest.mark.parametrize("seed", range(20))
def test_a_ventilator_that_stood_still_holds_it_against_nobody(seed: int):
    live_through(seed, ["ventilator_stall"])


@pytest.mark.parametrize("seed", range(20))
def test_a_new_ventilator_that_stands_still_before_it_has_heard_anybody_gives_nobody_up(seed: int):
    live_through(seed, ["young_stall"])


@pytest.mark.parametrize("seed", range(20))
def test_a_child_that_takes_nothing_any_more_costs_only_time(seed: int):
    live_through(seed, ["child_numb"])


@pytest.mark.parametrize("seed", range(20))
def test_children_that_take_nothing_beside_workers_and_children_that_die_strand_nobody(seed: int):
    live_through(seed, ["child_numb", "child_kill", "worker_kill", "worker_stall", "hands", "limits"])


@pytest.mark.parametrize("seed", range(20))
def test_a_record_that_answers_late_or_not_at_all_loses_no_grant(seed: int):
    live_through(seed, ["record_fails"])


@pytest.mark.parametrize("seed", range(20))
def test_a_record_that_was_put_back_repeats_no_fence_and_strands_nobody(seed: int):
    live_through(seed, ["put_back", "ventilator_kill"])


@pytest.mark.parametrize("seed", [23, 92, 112])
def test_a_worker_that_knows_a_higher_epoch_only_by_hearsay_is_not_lost_for_good(seed: int):
    live_through(seed, ["put_back", "ventilator_burst"])


def test_a_ventilator_that_has_died_writes_nothing_over_a_record_that_was_put_back_since():
    live_through(205_832)


@pytest.mark.parametrize("seed", [170, 741, 989, 1347])
def test_a_ventilator_that_has_died_writes_nothing_beside_one_that_was_given_its_epoch(seed: int):
    live_through(seed, ["put_back", "record_fails", "ventilator_burst"])


@pytest.mark.parametrize("seed", [6, 16, 53])
def test_a_ventilator_that_was_succeeded_does_not_come_back_though_workers_speak_to_it(seed: int):
    live_through(seed, ["takeover"])


@pytest.mark.parametrize("seed", range(20))
def test_a_power_cut_undoes_nothing_that_was_answered_and_repeats_no_fence(seed: int):
    live_through(seed, ["power_cut"])


@pytest.mark.parametrize("seed", range(20))
def test_a_clock_that_jumps_an_hour_loses_nobody_and_starts_nothing_early(seed: int):
    live_through(seed, ["clock"])


@pytest.mark.parametrize("seed", range(20))
def test_a_record_that_refuses_every_write_for_a_while_costs_only_time(seed: int):
    live_through(seed, ["disk_full", "record_locked"])


@pytest.mark.parametrize("seed", [1, 106])
def test_a_worker_is_not_deaf_to_what_a_ventilator_that_stood_still_did_not_send(seed: int):
    live_through(seed, ["ventilator_stall"])


@pytest.mark.parametrize("seed", range(20))
def test_a_ventilator_alone_takes_back_what_dead_workers_held(seed: int):
    World(seed, Faults(frozenset({"none"}))).die_out()


def test_the_same_seed_gives_the_same_history():
    one, other = live_through(7), live_through(7)

    assert one.record.rows == other.record.rows
    assert list(one.record.truth) == list(other.record.truth)
    assert one.agenda.now == other.agenda.now
