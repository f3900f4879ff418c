"""A task function for each kind of type. Each returns what it was given as Python shows it, so the type is seen too."""

import enum
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, TypedDict
from uuid import UUID

from django.tasks import task
from msgspec import Meta


class Size(enum.Enum):
    """How large."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass
class Point:
    """A place on the map."""

    x: int
    y: int = 0


@dataclass
class Route:
    """From one place to others."""

    start: Point
    stops: list[Point] = field(default_factory=list)
    label: str | None = None


class Person(TypedDict):
    name: str
    born: date
    mail: NotRequired[str]


class Chain(TypedDict):
    value: int
    following: NotRequired["Chain"]


@task
def take_text(text: str) -> str:
    """Text.

    Args:
        text: Any text, which may
            have several lines.
    """
    return repr(text)


@task
def take_code(code: Annotated[str, Meta(min_length=2, max_length=4, pattern="^[a-z]+$")]) -> str:
    """Text with bounds."""
    return repr(code)


@task
def take_whole(number: Annotated[int, Meta(ge=1, lt=10**12)]) -> str:
    """A whole number with bounds."""
    return repr(number)


@task
def take_even(number: Annotated[int, Meta(multiple_of=2)]) -> str:
    """A whole number, however large."""
    return repr(number)


@task
def take_number(number: float) -> str:
    """Any number."""
    return repr(number)


@task
def take_share(share: Annotated[float, Meta(ge=0.5, lt=1)] = 0.75) -> str:
    """A number with bounds."""
    return repr(share)


@task
def take_bool(on: bool) -> str:
    """True or false."""
    return repr(on)


@task
def take_literal(chosen: Literal["png", "webp", 2]) -> str:
    """One of a few values."""
    return repr(chosen)


@task
def take_enum(size: Size = Size.MEDIUM) -> str:
    """A member of an Enum."""
    return repr(size)


@task
def take_date(day: date) -> str:
    """A date."""
    return repr(day)


@task
def take_datetime(moment: datetime) -> str:
    """A date and time."""
    return repr(moment)


@task
def take_instant(moment: Annotated[datetime, Meta(tz=True)]) -> str:
    """A date and time with its zone."""
    return repr(moment)


@task
def take_wall_clock(moment: Annotated[datetime, Meta(tz=False)]) -> str:
    """A date and time without a zone."""
    return repr(moment)


@task
def take_time(at: time) -> str:
    """A time of day."""
    return repr(at)


@task
def take_timedelta(span: timedelta) -> str:
    """A duration."""
    return repr(span)


@task
def take_uuid(key: UUID) -> str:
    """A UUID."""
    return repr(key)


@task
def take_decimal(price: Decimal) -> str:
    """A decimal number."""
    return repr(price)


@task
def take_bytes(content: bytes) -> str:
    """Bytes, as base64."""
    return repr(content)


@task
def take_list(tags: list[str]) -> str:
    """Rows."""
    return repr(tags)


@task
def take_few(numbers: Annotated[list[int], Meta(min_length=1, max_length=2)]) -> str:
    """Rows, not too many."""
    return repr(numbers)


@task
def take_set(tags: set[str]) -> str:
    """Rows of which none comes twice."""
    return repr(sorted(tags))


@task
def take_tuple(pair: tuple[int, str]) -> str:
    """Values by their place."""
    return repr(pair)


@task
def take_dict(scores: dict[str, int]) -> str:
    """Rows with keys."""
    return repr(scores)


@task
def take_numbered(names: dict[int, str]) -> str:
    """Rows whose keys are numbers."""
    return repr(names)


@task
def take_lists(groups: dict[str, list[int]]) -> str:
    """A list for each key."""
    return repr(groups)


@task
def take_dataclass(point: Point) -> str:
    """A dataclass."""
    return repr(point)


@task
def take_typed_dict(person: Person) -> str:
    """A TypedDict."""
    return repr(person)


@task
def take_route(route: Route | None = None) -> str:
    """A dataclass with lists of dataclasses, or nothing."""
    return repr(route)


@task
def take_points(points: list[Point]) -> str:
    """A list of dataclasses."""
    return repr(points)


@task
def take_chain(chain: Chain) -> str:
    """A type that has itself inside."""
    return repr(chain)


@task
def take_optional(count: int | None = None) -> str:
    """A number or nothing."""
    return repr(count)


@task
def take_union(value: int | str | list[str]) -> str:
    """One of several types."""
    return repr(value)


@task
def take_untyped(value: Any, shape: dict[str, Any], entries: list[Any]) -> str:
    """Any JSON."""
    return repr((value, shape, entries))


@task
def take_places(first: int, second: str = "two", /, *more: int) -> str:
    """What has no name."""
    return repr((first, second, more))


@task
def take_names(first: int, **more: str) -> str:
    """What has any name."""
    return repr((first, more))


@task
def take_everything(
    text: str,
    code: Annotated[str, Meta(min_length=2, max_length=4, pattern="^[a-z]+$", description="A short code")],
    number: Annotated[int, Meta(ge=1, le=100)],
    point: Point,
    person: Person,
    day: date,
    moment: datetime,
    value: int | str | list[str],
    anything: Any,
    on: bool = False,
    size: Size = Size.MEDIUM,
    tags: list[str] = ["red", "blue"],  # noqa: B006
    scores: dict[str, int] = {"anna": 3},  # noqa: B006
    route: Route | None = None,
    span: timedelta = timedelta(minutes=90),
    share: Annotated[float, Meta(ge=0, le=1)] = 0.4,
    format: Literal["png", "webp"] = "png",
    key: UUID | None = None,
    **labels: str,
) -> str:
    """A parameter of every kind.

    Args:
        text: Shown as it is.
        point: Where it is.
        moment: When it is.
        tags: What it is known as.
    """
    return repr(locals())
