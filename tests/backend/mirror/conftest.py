"""A Redis that the tests of a module share."""

from collections.abc import Iterator

import pytest

from tests.support.redis import RedisServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as found:
        yield found


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    """The same, with nothing in it and as it is by default, however the last test left it."""
    server.client.replicaof("no", "one")
    server.configure(maxmemory=0, min_replicas_to_write=0)
    server.client.flushall()
    return server
