"""The app of the contract's task functions, with receivers of Django's signals for who wants to see them."""

import os
from typing import Any

from django.apps import AppConfig
from django.tasks import TaskResult
from django.tasks.signals import task_enqueued, task_finished, task_started

SIGNALS = "CONTRACT_SIGNALS"
"""Names a file to which each signal is written: `signal id status attempts pid`."""


class ContractConfig(AppConfig):
    """The contract."""

    name = "tests.support.contract"

    def ready(self) -> None:
        if path := os.environ.get(SIGNALS):
            for name, signal in (("enqueued", task_enqueued), ("started", task_started), ("finished", task_finished)):
                signal.connect(_teller(name, path), weak=False)


def _teller(name: str, path: str) -> Any:
    def tell(task_result: "TaskResult[..., Any]", **_: object) -> None:
        from tests.support.proof.tasks import append

        append(path, f"{name} {task_result.id} {task_result.status} {task_result.attempts} {os.getpid()}\n")

    return tell
