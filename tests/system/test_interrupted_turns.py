"""Whoever is interrupted in the midst of enqueueing keeps nobody else from writing."""

from tests.support.enqueuer import Enqueuer
from tests.support.starting import PROOF, Starts
from tests.support.tasks import counts, create, create_many, every_task, finished
from tests.support.waiting import wait_until

INTERRUPTIONS = 60
CTRL_C = 300

CODE = f"""
import random, signal
from datetime import UTC, datetime, timedelta
from backend.demo.tasks import add

pressed = False

def press(*_):
    global pressed
    pressed = True
    raise KeyboardInterrupt

def enqueue_on():
    # What is raised while Python frees something goes no further.
    while not pressed:
        later.enqueue(1, 2)

signal.signal(signal.SIGALRM, press)
chance = random.Random(1)
later = add.using(run_after=datetime.now(UTC) + timedelta(days=1))
answer = 0
for _ in range({CTRL_C}):
    try:
        pressed = False
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.002, 0.02))
        # In a function: as a loop in here jumps back, what is raised is not caught in here.
        enqueue_on()
    except KeyboardInterrupt:
        pass
    answer += 1
"""


def test_task_functions_whose_time_is_over_while_they_enqueue_stop_nobody(start: Starts) -> None:
    """L2, L3: as long as the task functions only enqueue, and are told to end at any step of that."""
    stack = start(workers=1, ZONDA_SLOTS="2")

    keys = create_many(stack, [{"name": "enqueue_on", "timeout": 0.1}] * INTERRUPTIONS)
    good = create(stack, "add", 1, 2)

    assert finished(stack, good["id"], within=60)["result"] == 3
    wait_until(lambda: counts(stack)["failed"] == INTERRUPTIONS, 60, "each has been told to end, and did")
    assert {task["reason"] for task in every_task(stack, keys)} == {"TIMEOUT"}


def test_a_program_that_is_interrupted_while_it_enqueues_and_lives_on_stops_nobody(start: Starts) -> None:
    """L2, L3: as with Ctrl-C in a shell."""
    stack = start(workers=1)

    with Enqueuer(stack, PROOF) as django:
        assert django(CODE) == CTRL_C
        assert finished(stack, create(stack, "add", 1, 2)["id"])["result"] == 3
