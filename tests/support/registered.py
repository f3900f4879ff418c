"""The task functions of further apps, within one test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from backend.environment import environment
from backend.tasks.registry import registry


@contextmanager
def registered(*apps: str) -> Iterator[None]:
    """As if ZONDA_APPS named these apps."""
    registry.cache_clear()
    try:
        with patch("backend.tasks.registry.environment", replace(environment, apps=apps)):
            yield
    finally:
        registry.cache_clear()
