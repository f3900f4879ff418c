"""Thousands of unlucky histories. ZONDA_SEEDS sets how many, ZONDA_SEED the first; one that fails names its seed."""

import os

import pytest

from tests.simulation.faults import Faults
from tests.simulation.violation import Violation
from tests.simulation.world import World

FIRST = int(os.environ.get("ZONDA_SEED", "1"))
SEEDS = int(os.environ.get("ZONDA_SEEDS", "2000"))
PARTS = 8

pytestmark = [pytest.mark.simulation, pytest.mark.timeout(max(120, SEEDS))]


def live_through(seed: int, *kinds: str) -> World:
    """The history of that seed, with the faults given, or those that the seed draws."""
    world = World(seed, Faults(frozenset(kinds)) if kinds else None)
    try:
        world.live_through()
    except Exception as error:
        faults = ", ".join(sorted(world.faults.kinds)) or "none"
        again = f"ZONDA_SEED={seed} ZONDA_SEEDS=1 ./RUN.sh test tests/simulation/test_histories.py"
        raise Violation(f"{error}\nat {world.agenda.now:.3f} s of seed {seed}, faults: {faults}\n{again}") from error
    return world


@pytest.mark.parametrize("part", range(min(PARTS, SEEDS)))
def test_every_task_ends_once_whatever_goes_wrong(part: int):
    for seed in range(FIRST + part, FIRST + SEEDS, PARTS):
        live_through(seed)


@pytest.mark.parametrize("seed", range(20))
def test_a_calm_history_runs_every_task_once(seed: int):
    live_through(seed, "none")


@pytest.mark.parametrize("seed", range(20))
def test_a_restarted_ventilator_loses_nothing_that_runs(seed: int):
    live_through(seed, "ventilator_kill")


@pytest.mark.parametrize("seed", range(20))
def test_a_sink_and_a_backend_that_come_and_go_cost_only_time(seed: int):
    live_through(seed, "sink_kill", "backend_down", "calls_fail")


@pytest.mark.parametrize("seed", range(20))
def test_a_ventilator_that_stood_still_holds_it_against_nobody(seed: int):
    live_through(seed, "ventilator_stall")


@pytest.mark.parametrize("seed", range(20))
def test_a_record_that_answers_late_or_not_at_all_loses_no_grant(seed: int):
    live_through(seed, "record_fails")


@pytest.mark.parametrize("seed", [2095, 3524])
def test_a_worker_is_not_deaf_to_what_a_ventilator_that_stood_still_did_not_send(seed: int):
    live_through(seed, "ventilator_stall")


@pytest.mark.parametrize("seed", range(20))
def test_a_ventilator_alone_takes_back_what_dead_workers_held(seed: int):
    World(seed, Faults(frozenset({"none"}))).die_out()


def test_the_same_seed_gives_the_same_history():
    one, other = live_through(7), live_through(7)

    assert one.record.rows == other.record.rows
    assert one.record.stories == other.record.stories
    assert one.agenda.now == other.agenda.now
