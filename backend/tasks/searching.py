"""The tasks that contain a text: in their id, name, path, error or arguments, without regard to case."""

import json

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import IContains


def containing(text: str) -> Q:
    """Which tasks contain the text, as it stands: nothing in it has a meaning of its own."""
    where = Q()
    for spelling in _spellings(text):
        for column in ("key", "name", "path", "error"):
            where |= Q(**{f"{column}__icontains": spelling})
        for column in ("args", "kwargs"):
            for written in {spelling, _within_json(spelling)}:
                where |= Q(IContains(Cast(F(column), TextField()), written))
    return where


def _spellings(text: str) -> set[str]:
    # SQLite knows the two cases of A to Z alone.
    return {text} if text.isascii() else {text, text.lower(), text.upper(), text.title(), text.capitalize()}


def _within_json(text: str) -> str:
    """The text as it is written inside a string of JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
