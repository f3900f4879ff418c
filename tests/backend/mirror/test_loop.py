"""The mirror in one process: what happens to the record is soon in Redis, whatever happens to Redis."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from backend.mirror import hashes as hashes_module
from backend.mirror import loop as loop_module
from backend.mirror.loop import Loop
from backend.mirror.plan import Start
from backend.tasks import store
from backend.tasks.changes import Changes
from backend.tasks.ledger import VANISHED
from backend.tasks.models import Revision, Task
from tests.support.record import AVentilator, X, a_draft, a_task, make_due
from tests.support.redis import RedisServer
from tests.support.waiting import wait_until
from wire.supervision import Alone

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 10.0
WEEK = timedelta(days=7)


@pytest.fixture
def mirrored(redis):
    """Take this step beside a mirror, in a thread of its own; then stop the mirror. Its exit code."""

    def mirrored(step: Callable[[], object], *, retention: timedelta | None = WEEK, into: RedisServer = redis) -> int:
        async def run() -> int:
            changes = Changes(Path(connection.settings_dict["NAME"]))
            loop = Loop(f"unix://{into.socket}", changes, retention, Alone())
            running = asyncio.create_task(loop.run())
            try:
                await asyncio.wait_for(asyncio.to_thread(in_thread, step), 2 * WITHIN)
                loop._stop()
                return await asyncio.wait_for(running, WITHIN)
            finally:
                running.cancel()
                await asyncio.wait([running])
                changes.close()

        return asyncio.run(run())

    def in_thread(step: Callable[[], object]) -> None:
        try:
            step()
        finally:
            connection.close()
            store.engine.close()

    return mirrored


def test_a_new_task_and_its_end_are_in_redis_at_once(mirrored, redis):
    def work() -> None:
        ventilator = AVentilator()
        ventilator.seat()
        a_task(1, id="t")
        wait_until(lambda: redis.hash("t").get("status") == "queued", WITHIN)
        grip = ventilator.grant_one()
        store.report([grip.started()])
        wait_until(lambda: redis.hash("t").get("status") == "processing", WITHIN)
        store.report([grip.succeeded(b"3")])
        wait_until(lambda: redis.hash("t").get("status") == "success", WITHIN)

    assert mirrored(work) == 0

    found = redis.hash("t")
    assert (found["result"], found["worker"], found["attempt"]) == ("3", "W1", "1")
    assert redis.client.ttl("t") > WEEK.total_seconds()


def test_a_loss_queues_a_task_again_and_the_last_one_fails_it(mirrored, redis):
    def work() -> None:
        ventilator = AVentilator()
        a_task(1, id="t")
        for number in (1, 2, 3):
            ventilator.seat()
            make_due()
            store.report([ventilator.grant_one().started()])
            wait_until(lambda: redis.hash("t").get("status") == "processing", WITHIN)
            store.lose(ventilator.epoch, X, started=frozenset(), slots=1)
            wait_until(lambda: redis.hash("t")["status"] != "processing", WITHIN)
            assert redis.hash("t")["status"] == ("failed" if number == 3 else "queued")
            assert redis.hash("t")["attempt"] == str(number)

    assert mirrored(work) == 0

    assert redis.hash("t")["error"] == VANISHED


def test_a_task_that_expires_fails(mirrored, redis):
    def work() -> None:
        ventilator = AVentilator()
        a_task(1, id="t")
        wait_until(lambda: redis.hash("t"), WITHIN)
        Task.objects.update(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
        store.tend(ventilator.epoch)
        wait_until(lambda: redis.hash("t")["status"] == "failed", WITHIN)

    assert mirrored(work) == 0

    assert "expired" in redis.hash("t")["error"]
    assert "worker" not in redis.hash("t")


def test_what_was_there_before_the_mirror_is_filled_in(mirrored, redis):
    store.create([a_draft(number, id=f"t{number}") for number in range(1200)])

    assert mirrored(lambda: wait_until(lambda: len(hashes(redis)) == 1200, WITHIN)) == 0


def test_the_last_changes_are_copied_before_it_ends(mirrored, redis, monkeypatch):
    monkeypatch.setattr(loop_module, "FAREWELL", WITHIN)

    assert mirrored(lambda: a_task(1, id="t")) == 0

    assert redis.hash("t")["status"] == "queued"


def test_where_it_stopped_it_goes_on_and_deletes_nothing(mirrored, redis, caplog):
    caplog.set_level(logging.INFO, "mirror")
    a_task(1, id="before")
    mirrored(lambda: wait_until(lambda: hashes(redis) == {"before"}, WITHIN))
    a_task(2, id="between")
    assert hashes(redis) == {"before"}

    mirrored(lambda: wait_until(lambda: hashes(redis) == {"before", "between"}, WITHIN))

    began = [entry for entry in caplog.records if entry.getMessage() == "mirror.began"]
    assert [entry.__dict__["why"] for entry in began] == [Start.NOTHING_THERE, Start.RESUMED]


def test_an_emptied_redis_is_filled_again_though_nothing_changes(mirrored, redis):
    a_task(1, id="t")

    def empty() -> None:
        wait_until(lambda: hashes(redis) == {"t"}, WITHIN)
        redis.client.flushall()
        wait_until(lambda: hashes(redis) == {"t"}, WITHIN)

    assert mirrored(empty) == 0


@pytest.mark.parametrize(
    ("hindrance", "ease"),
    [
        ({"maxmemory": 1}, {"maxmemory": 0}),
        ({"min_replicas_to_write": 1}, {"min_replicas_to_write": 0}),
    ],
    ids=["full", "takes no writes"],
)
def test_a_redis_that_can_not_be_written_to_is_caught_up_once_it_can(mirrored, redis, caplog, hindrance, ease):
    def work() -> None:
        a_task(1, id="before")
        wait_until(lambda: hashes(redis) == {"before"}, WITHIN)
        redis.configure(**hindrance)
        a_task(2, id="meanwhile")
        wait_until(lambda: logged(caplog, "redis.away"), WITHIN)
        redis.configure(**ease)
        wait_until(lambda: hashes(redis) == {"before", "meanwhile"}, WITHIN)

    with caplog.at_level(logging.INFO, "mirror"):
        assert mirrored(work) == 0

    assert (logged(caplog, "redis.away"), logged(caplog, "redis.back")) == (1, 1), "once, however often it was tried"


def test_a_replica_is_left_alone_until_it_is_none(mirrored, redis):
    def work() -> None:
        redis.client.replicaof("127.0.0.1", "1")
        a_task(1, id="t")
        redis.client.replicaof("no", "one")
        wait_until(lambda: hashes(redis) == {"t"}, WITHIN)

    assert mirrored(work) == 0


def test_a_redis_that_comes_later_is_waited_for(mirrored, tmp_path):
    later = RedisServer(tmp_path)

    def work() -> None:
        a_task(1, id="t")
        with later:
            wait_until(lambda: hashes(later) == {"t"}, WITHIN)

    assert mirrored(work, into=later) == 0


def test_a_stop_waits_for_no_redis(mirrored, redis):
    redis.stall()
    try:
        began = time.monotonic()
        assert mirrored(lambda: a_task(1)) == 0
        assert time.monotonic() - began < hashes_module.PATIENCE - 1
    finally:
        redis.go_on()


def test_what_was_sent_before_a_stall_overwrites_nothing_that_came_after_it(mirrored, redis, monkeypatch):
    monkeypatch.setattr(hashes_module, "PATIENCE", 0.2)

    def work() -> None:
        a_task(1, id="t")
        wait_until(lambda: hashes(redis) == {"t"}, WITHIN)
        redis.stall()
        ventilator = AVentilator()
        ventilator.seat()
        grip = ventilator.grant_one()
        store.report([grip.started()])
        threading.Event().wait(0.5)
        store.report([grip.succeeded(b"3")])
        threading.Event().wait(0.5)
        redis.go_on()
        wait_until(lambda: redis.hash("t")["status"] == "success", WITHIN)
        for _ in range(30):
            assert redis.hash("t")["status"] == "success"
            threading.Event().wait(0.01)

    assert mirrored(work) == 0


def test_what_is_done_by_hand_is_copied_too(mirrored, redis):
    def work() -> None:
        ventilator = AVentilator()
        ventilator.seat()
        a_task(1, id="t")
        store.report([ventilator.grant_one().succeeded(b"3")])
        wait_until(lambda: redis.hash("t").get("result") == "3", WITHIN)

        store.retry(["t"])
        wait_until(lambda: redis.hash("t")["status"] == "queued", WITHIN)
        assert redis.hash("t").keys() == {"status", "attempt", "record"}
        assert redis.client.ttl("t") == -1

        store.cancel(["t"])
        wait_until(lambda: redis.hash("t")["status"] == "failed", WITHIN)
        assert "Cancelled" in redis.hash("t")["error"]

        store.delete(["t"])
        wait_until(lambda: hashes(redis) == set(), WITHIN)

    assert mirrored(work) == 0


def test_after_the_record_was_put_back_redis_has_what_the_record_has(mirrored, redis):
    a_task(1, id="kept")
    backup = Revision.objects.get().value
    a_task(2, id="lost")
    mirrored(lambda: wait_until(lambda: hashes(redis) == {"kept", "lost"}, WITHIN))

    Task.objects.filter(key="lost").delete()
    Revision.objects.update(value=backup)
    redis.client.hset("foreign", "status", "success")
    mirrored(lambda: wait_until(lambda: hashes(redis) == {"kept", "foreign"}, WITHIN))


def test_what_was_pruned_while_redis_was_away_is_not_left_there(mirrored, redis):
    a_task(1, id="t")
    mirrored(lambda: wait_until(lambda: hashes(redis) == {"t"}, WITHIN), retention=timedelta(milliseconds=1))
    store.engine.delete([Task.objects.get().seq])

    mirrored(lambda: wait_until(lambda: hashes(redis) == set(), WITHIN), retention=timedelta(milliseconds=1))


def test_another_retention_holds_for_the_hashes_that_are_there(mirrored, redis):
    ventilator = AVentilator()
    ventilator.seat()
    a_task(1, id="t")
    store.report([ventilator.grant_one().succeeded()])
    mirrored(lambda: wait_until(lambda: hashes(redis) == {"t"}, WITHIN))
    assert redis.client.ttl("t") > 0

    mirrored(lambda: wait_until(lambda: redis.client.ttl("t") == -1, WITHIN), retention=None)


def test_a_foreign_key_is_named_and_holds_nothing_up(mirrored, redis, caplog):
    redis.client.set("mine", "a text")

    def work() -> None:
        a_task(1, id="mine")
        a_task(2, id="t")
        wait_until(lambda: redis.hash("t"), WITHIN)

    mirrored(work)

    assert redis.client.get("mine") == "a text"
    assert logged(caplog, "hashes.skipped")


def hashes(redis: RedisServer) -> set[str]:
    """The keys that are none of the mirror's own."""
    return {key for key in redis.client.scan_iter() if not key.startswith("zonda:")}


def logged(caplog: pytest.LogCaptureFixture, event: str) -> int:
    return sum(entry.getMessage() == event for entry in caplog.records)
