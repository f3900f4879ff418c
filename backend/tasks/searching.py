"""The tasks that contain a text: in their id, name, path, error or arguments, without regard to case.

Arguments are found as the record has them, `"a":89`, and as a call has them: `a=89`, or all of `add(a=89, b=178)`.
"""

import json

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import IContains

from backend.tasks import calls


def containing(text: str) -> Q:
    """Which tasks contain the text, as it stands: nothing in it has a meaning of its own."""
    where = Q()
    for spelling in _spellings(text):
        for column in ("key", "name", "path", "error"):
            where |= Q(**{f"{column}__icontains": spelling})
        for column in ("args", "kwargs"):
            for written in {spelling, _within_json(spelling)}:
                where |= _in(column, written)
    # As it was copied: each further spelling would be looked for in all arguments.
    for call in calls.read(text):
        where |= _called(call)
    return where


def _called(call: calls.Written) -> Q:
    """Which tasks were called so."""
    where = Q(name__iexact=call.name) | Q(path__iexact=call.name) if call.name else Q()
    if call.anywhere:
        where &= _in("args", call.anywhere) | _in("kwargs", call.anywhere)
    if call.args:
        where &= _in("args", call.args)
    return where & _in("kwargs", call.kwargs) if call.kwargs else where


def _in(column: str, text: str) -> Q:
    return Q(IContains(Cast(F(column), TextField()), text))


def _spellings(text: str) -> set[str]:
    # SQLite knows the two cases of A to Z alone.
    return {text} if text.isascii() else {text, text.lower(), text.upper(), text.title(), text.capitalize()}


def _within_json(text: str) -> str:
    """The text as it is written inside a string of JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
