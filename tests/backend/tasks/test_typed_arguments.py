"""Dates, durations and the like: text in the record, their own type in the function."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.tasks.models import Task
from backend.tasks.refusals import BadArguments
from backend.tasks.registry import registry
from tests.support.forms import tasks
from tests.support.registered import registered

pytestmark = pytest.mark.django_db

KEY = "0198c1d5-7a3e-7000-8000-00000000000a"


@pytest.fixture(autouse=True)
def forms() -> Iterator[None]:
    with registered("tests.support.forms"):
        yield


@pytest.mark.parametrize(
    ("function", "written", "made"),
    [
        (tasks.take_date, "2026-11-21", date(2026, 11, 21)),
        (tasks.take_datetime, "2026-11-21T22:04:00Z", datetime(2026, 11, 21, 22, 4, tzinfo=UTC)),
        (tasks.take_datetime, "2026-11-21T22:04:00", datetime(2026, 11, 21, 22, 4)),  # noqa: DTZ001
        (tasks.take_timedelta, "P1DT5400S", timedelta(days=1, minutes=90)),
        (tasks.take_uuid, KEY, UUID(KEY)),
        (tasks.take_enum, "large", tasks.Size.LARGE),
        (tasks.take_points, [{"x": 1}], [tasks.Point(1, 0)]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_enqueue_is_given_is_stored_as_it_is_and_made_into_its_type_for_the_function(function, written, made):
    result = function.enqueue(written)

    row = Task.objects.get(key=result.id)
    kind = registry().find(row.path)
    assert result.args == [written]
    assert kind.signature.bind(kind.name, result.args, result.kwargs) == ([made], {})


def test_enqueue_takes_json_alone_as_every_backend_of_django_does():
    # Its type says that it takes what the function takes.
    take_date: Any = tasks.take_date

    with pytest.raises(TypeError, match="Unsupported type"):
        take_date.enqueue(date(2026, 11, 21))
    with pytest.raises(BadArguments, match="'day' must be a date such as 2026-11-21"):
        take_date.enqueue("tomorrow")
