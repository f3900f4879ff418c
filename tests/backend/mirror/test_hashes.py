"""What is written to a real Redis, and what is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from redis.exceptions import OutOfMemoryError, RedisError

from backend.mirror.hashes import Hashes, Superseded
from backend.mirror.plan import Kept, Place, Write

RECORD = "0123456789ab"
PLACE = Place(revision=10, seq=4, tombstone=2, below=0, sweep=True)
NOW = datetime(2026, 11, 21, 22, 4, tzinfo=UTC)
QUEUED = Write("t", {"status": "queued", "attempt": "0"}, ["result", "error", "worker", "finished_at"], None)
DONE = Write("t", {"status": "success", "attempt": "1", "result": '"ä"'}, ["error", "worker", "finished_at"], None)


@pytest.fixture
def told(redis):
    """Do this with the hashes of a record, in a session that has begun."""

    def told[T](say: Callable[[Hashes], Awaitable[T]], record: str = RECORD, session: str = "s1") -> T:
        async def run() -> T:
            hashes = Hashes(f"unix://{redis.socket}", record)
            try:
                await hashes.begin(session)
                return await say(hashes)
            finally:
                await hashes.close()

        return asyncio.run(run())

    return told


@pytest.fixture
def written(told):
    def written(*hashes: Write, gone: tuple[str, ...] = (), **options: Any) -> list[str]:
        return list(told(lambda them: them.write(hashes, gone, PLACE, "form", NOW), **options))

    return written


def test_a_hash_has_the_fields_it_was_given_and_says_of_which_record_it_is(written, redis):
    assert written(DONE) == []

    assert redis.hash("t") == {"record": RECORD, "status": "success", "attempt": "1", "result": '"ä"'}


def test_what_no_longer_holds_is_taken_away(written, redis):
    written(DONE)
    written(QUEUED)

    assert redis.hash("t") == {"record": RECORD, "status": "queued", "attempt": "0"}


def test_a_hash_goes_when_it_may_and_stays_when_it_is_queued_again(written, redis):
    written(replace(DONE, expires_at=2_000_000_000_000))
    assert redis.client.pexpiretime("t") == 2_000_000_000_000

    written(QUEUED)
    assert redis.client.ttl("t") == -1


def test_many_hashes_of_all_shapes_are_written_at_once(written, redis):
    many = [replace((QUEUED, DONE)[number % 2], key=f"t{number}") for number in range(1500)]

    assert written(*many) == []

    assert redis.client.dbsize() == 1501
    assert redis.hash("t1498")["status"] == "queued"
    assert redis.hash("t1499")["result"] == '"ä"'


def test_the_next_session_finds_the_place_that_was_written_with_the_hashes(written, told, redis):
    assert asyncio.run(_begin(redis)) is None

    written(DONE)

    assert asyncio.run(_begin(redis)) == Kept(PLACE, "form", NOW)


async def _begin(redis: Any) -> Kept | None:
    hashes = Hashes(f"unix://{redis.socket}", RECORD)
    try:
        return await hashes.begin("s0")
    finally:
        await hashes.close()


def test_a_session_that_another_one_has_ended_writes_nothing(told, redis):
    async def late(hashes: Hashes) -> None:
        await _begin(redis)
        with pytest.raises(Superseded):
            await hashes.check()
        with pytest.raises(Superseded):
            await hashes.write([DONE], [], PLACE, "form", NOW)

    told(late)

    assert redis.hash("t") == {}


def test_a_redis_that_was_emptied_is_noticed(told, redis):
    async def emptied(hashes: Hashes) -> None:
        await hashes.write([DONE], [], PLACE, "form", NOW)
        await hashes.check()
        redis.client.flushall()
        with pytest.raises(Superseded):
            await hashes.check()
        with pytest.raises(Superseded):
            await hashes.write([DONE], [], PLACE, "form", NOW)

    told(emptied)

    assert redis.client.dbsize() == 0


def test_what_is_no_hash_is_left_alone_and_named_and_the_others_are_written(written, redis):
    redis.client.set("mine", "a text")

    assert written(replace(DONE, key="mine"), DONE) == ["mine"]

    assert redis.client.get("mine") == "a text"
    assert redis.hash("t")["status"] == "success"


def test_only_hashes_of_this_record_are_deleted(written, redis):
    redis.client.set("text", "a text")
    redis.client.hset("foreign", "status", "success")
    written(replace(DONE, key="other"), record="another")
    written(DONE)

    written(gone=("t", "text", "foreign", "other", "nowhere", f"zonda:mirror:{RECORD}"))

    assert sorted(redis.client.keys()) == [
        "foreign",
        "other",
        "text",
        f"zonda:mirror:{RECORD}",
        "zonda:mirror:another",
    ]


def test_all_hashes_of_a_record_are_found_by_looking(written, told, redis):
    redis.client.set("text", "a text")
    redis.client.hset(b"\xff", "record", "no")
    written(replace(DONE, key="other"), record="another")
    written(*(replace(DONE, key=f"t{number}") for number in range(1200)))

    async def look(hashes: Hashes) -> list[str]:
        cursor, found = await hashes.look("0")
        keys = list(found)
        while cursor != "0":
            cursor, found = await hashes.look(cursor)
            keys += found
        return keys

    assert set(told(look)) == {f"t{number}" for number in range(1200)}


def test_a_full_redis_takes_neither_hash_nor_place(told, redis):
    async def full(hashes: Hashes) -> None:
        await hashes.write([QUEUED], [], PLACE, "form", NOW)
        redis.configure(maxmemory=1)
        with pytest.raises(OutOfMemoryError):
            await hashes.write([DONE], [], replace(PLACE, revision=11), "form", NOW)
        redis.configure(maxmemory=0)

    told(full)

    assert redis.hash("t")["status"] == "queued"
    assert redis.hash(f"zonda:mirror:{RECORD}")["revision"] == "10"


def test_a_redis_that_refuses_to_write_takes_neither_hash_nor_place(told, redis):
    async def refused(hashes: Hashes) -> None:
        await hashes.write([QUEUED], [], PLACE, "form", NOW)
        redis.configure(min_replicas_to_write=1)
        with pytest.raises(RedisError, match="NOREPLICAS"):
            await hashes.write([DONE], [], replace(PLACE, revision=11), "form", NOW)

    told(refused)

    assert redis.hash("t")["status"] == "queued"
    assert redis.hash(f"zonda:mirror:{RECORD}")["revision"] == "10"
