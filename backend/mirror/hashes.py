"""What is said to Redis, and what it answers.

A batch and the place after it are written by one script, so that there is never one without the other. A script that
was sent before Redis stalled may still be lying there when we have long gone on over another connection: each names its
session, and only those of the latest one are heard.

Superseded    another session has begun, or Redis has lost what there was: begin one
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from msgspec import msgpack
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from backend.mirror.plan import RESERVED, Kept, Place, Write

MARK: Final = "record"
"""The field that says of which record a hash is; without it nothing is ever deleted."""

PATIENCE: Final = 5.0  # seconds until Redis has answered

FIRST_CURSOR: Final = "0"
"""Where to begin to look for hashes, and what comes after the last."""

_PLACE: Final = ("revision", "seq", "tombstone", "below", "sweep")

_BEGIN: Final = """
local kept = redis.call('HMGET', KEYS[1], 'revision', 'seq', 'tombstone', 'below', 'sweep', 'form', 'at')
redis.call('HSET', KEYS[1], 'session', ARGV[1])
return kept
"""

# ARGV: session, record, form, the place, the hashes to write and the keys of those to delete, both in MessagePack, and
# the time.
# Packed, for what costs time here are the arguments of a command, not what is in them.
_WRITE: Final = """
if redis.call('HGET', KEYS[1], 'session') ~= ARGV[1] then
  return false
end
local foreign = {}
for _, hash in ipairs(cmsgpack.unpack(ARGV[9])) do
  local key, expires, given, absent = unpack(hash)
  local done = redis.pcall('HSET', key, 'record', ARGV[2], unpack(given))
  if type(done) == 'table' then
    if string.sub(done.err, 1, 9) ~= 'WRONGTYPE' then
      return done
    end
    table.insert(foreign, key)
  else
    if #absent > 0 then
      redis.call('HDEL', key, unpack(absent))
    end
    if expires == '' then
      redis.call('PERSIST', key)
    else
      redis.call('PEXPIREAT', key, expires)
    end
  end
end
for _, key in ipairs(cmsgpack.unpack(ARGV[10])) do
  if redis.pcall('HGET', key, 'record') == ARGV[2] then
    redis.call('DEL', key)
  end
end
redis.call('HSET', KEYS[1], 'form', ARGV[3], 'revision', ARGV[4], 'seq', ARGV[5], 'tombstone', ARGV[6],
           'below', ARGV[7], 'sweep', ARGV[8], 'at', ARGV[11])
return foreign
"""

_LOOK: Final = """
local page = redis.call('SCAN', ARGV[1], 'COUNT', 500)
local ours = {}
for _, key in ipairs(page[2]) do
  if redis.pcall('HGET', key, 'record') == ARGV[2] then
    table.insert(ours, key)
  end
end
return {page[1], ours}
"""


class Superseded(Exception):
    """Another session has begun, or Redis has lost what there was."""

    def __init__(self) -> None:
        super().__init__("Redis was emptied or put back, or another mirror of this record writes to it")


class Hashes:
    """The hashes of one record's tasks, over one connection that is made anew when it is lost.

    Every method raises what redis-py does, RedisError or OSError, when it can't be done.
    """

    def __init__(self, url: str, record: str) -> None:
        self._record = record
        self._own = f"{RESERVED}:{record}"
        # Who tries again is the loop, which first asks how far it had come.
        self._redis: Redis = Redis.from_url(
            url,
            protocol=2,
            decode_responses=True,
            encoding_errors="replace",  # of keys that are not ours
            single_connection_client=True,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            client_name="zonda-mirror",
        )
        self._begin = self._redis.register_script(_BEGIN)
        self._write = self._redis.register_script(_WRITE)
        self._look = self._redis.register_script(_LOOK)
        self._session = ""

    async def begin(self, session: str) -> Kept | None:
        """Begin a session, which ends every other one; what the former ones left, None when that is nothing."""
        found = cast("Sequence[str | None]", await self._begin(keys=[self._own], args=[session]))
        self._session = session
        return _kept(dict(zip((*_PLACE, "form", "at"), found, strict=True)))

    async def check(self) -> None:
        """Raise Superseded unless this session still stands."""
        if await cast("Any", self._redis.hget(self._own, "session")) != self._session:
            raise Superseded

    async def write(
        self, hashes: Sequence[Write], gone: Sequence[str], place: Place, form: str, now: datetime
    ) -> Sequence[str]:
        """Write and delete hashes, and keep the place after that, all at once or not at all; else Superseded.

        The keys of hashes that could not be written are returned: at those there is something that is no hash.
        """
        numbers = (place.revision, place.seq, place.tombstone, place.below, int(place.sweep))
        written = msgpack.encode(
            [
                (
                    one.key,
                    "" if one.expires_at is None else str(one.expires_at),
                    [part for field in one.fields.items() for part in field],
                    one.absent,
                )
                for one in hashes
            ]
        )
        deleted = msgpack.encode([key for key in gone if not key.startswith(RESERVED)])
        foreign = await self._write(
            keys=[self._own], args=[self._session, self._record, form, *numbers, written, deleted, now.isoformat()]
        )
        if foreign is None:
            raise Superseded
        return cast("Sequence[str]", foreign)

    async def look(self, cursor: str) -> tuple[str, Sequence[str]]:
        """Some keys of hashes of this record, and where to go on looking; FIRST_CURSOR once all were seen."""
        following, ours = cast("tuple[str, Sequence[str]]", await self._look(args=[cursor, self._record]))
        return following, ours

    async def close(self) -> None:
        await self._redis.aclose()


def _kept(found: Mapping[str, str | None]) -> Kept | None:
    try:
        revision, seq, tombstone, below, sweep = (int(found[name] or "") for name in _PLACE)
        at = datetime.fromisoformat(found["at"] or "")
    except ValueError:
        return None
    return Kept(Place(revision, seq, tombstone, below, bool(sweep)), found["form"] or "", at)
