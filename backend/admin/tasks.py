"""Tasks: found by their id, their name or their error, looked at with their attempts and log, and acted upon."""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import batched
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin import helpers
from django.contrib.admin.options import ActionLocation
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from msgspec import Struct

from backend.admin.read_only import AT_ONCE, COUNTED, Choices, Pages, ReadOnly
from backend.admin.site import site
from backend.tasks import selectors, store
from backend.tasks.engines import FORMER_QUEUES
from backend.tasks.lifecycle import TERMINAL, Reason, Status
from backend.tasks.models import Attempt, LogLine, Queue, Task
from backend.tasks.refusals import Refusal
from backend.tasks.registry import registry
from backend.tasks.searching import containing

BY: Final = "admin"
"""Who did it, in a task's events."""

LONGEST: Final = 20_000
"""Characters of an argument, a result or an error that are shown."""

ATTEMPTS: Final = 100
LINES: Final = 500
"""Of more, the last are shown."""

_LARGE: Final = ("args", "kwargs", "result", "error")
_STEP: Final = 500
_BOTH: Final = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


class ByStatus(Choices):
    title = column = "status"
    values = staticmethod(lambda: [status.value for status in Status])


class ByReason(Choices):
    title = column = "reason"
    values = staticmethod(lambda: [reason.value for reason in Reason])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        # Said twice, for there is an index by status and none by reason.
        fitting = super().queryset(request, queryset)
        return fitting if self.value() is None else fitting.filter(status=Status.FAILED)


class ByQueue(Choices):
    title = column = "queue"
    values = staticmethod(
        lambda: Queue.objects.exclude(name=FORMER_QUEUES).order_by("name").values_list("name", flat=True)[:100]
    )


class ByPath(Choices):
    title = "task function"
    column = "path"
    values = staticmethod(lambda: [kind.path for kind in registry().types])


class Deed(Struct, frozen=True):
    """Something that can be done to tasks of these statuses, a number of them in one transaction."""

    done: str
    statuses: Sequence[Status]
    do: Callable[[Sequence[str]], int]
    otherwise: str


RETRY: Final = Deed("retried", TERMINAL, lambda keys: store.retry(keys, by=BY), "had not ended")
CANCEL: Final = Deed(
    "cancelled",
    [status for status in Status if status not in TERMINAL],
    lambda keys: store.cancel(keys, by=BY),
    "had ended already",
)
DELETE: Final = Deed("deleted", TERMINAL, store.delete, "had not ended")


@admin.register(Task, site=site)
class TaskAdmin(ReadOnly):
    """What was asked for, newest first."""

    list_display = ("id", "standing", "reason", "name", "queue", "attempt", "worker", "created_at")
    list_filter = (ByStatus, ByReason, ByQueue, ByPath)
    ordering = ("-seq",)
    search_fields = ("key",)
    search_help_text = "A part of an id, a name, an argument or an error."
    actions = ("retry", "cancel", "delete")
    fieldsets = (
        (None, {"fields": (("id", "path"), ("standing", "reason"), "error_shown", "result_shown")}),
        ("Arguments", {"fields": ("args_shown", "kwargs_shown")}),
        (
            "Where and when",
            {
                "fields": (
                    ("queue", "priority"),
                    ("worker", "attempt", "round"),
                    ("progress_fraction", "progress_message"),
                    ("created_at", "run_after", "expires_at"),
                    ("started_at", "finished_at"),
                )
            },
        ),
        ("Limits", {"fields": (("max_attempts", "retry_delay"), ("timeout", "grace"))}),
    )

    # --- what is seen ------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        # They may be megabytes each, and the list shows none of them.
        return Task.objects.defer(*_LARGE)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Task], search_term: str
    ) -> tuple[QuerySet[Task], bool]:
        text = search_term.strip()[:200]
        if text and Task.objects.filter(key=text).exists():
            # A whole id is looked for the most, and all other tasks need not be looked through for it.
            return queryset.filter(key=text), False
        return (queryset.filter(containing(text)) if text else queryset), False

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *_: Any, **__: Any) -> "Paginator[Any]":
        pages = Pages(queryset, per_page)
        pages.known = _counted(request)
        return pages

    @admin.display(description="id")
    def id(self, task: Task) -> str:
        return task.key

    @admin.display(description="worker")
    def worker(self, task: Task) -> str:
        return selectors.worker_topic(task) or "-"

    @admin.display(description="status")
    def standing(self, task: Task) -> SafeString:
        return format_html('<span class="zonda-status zonda-status-{}">{}</span>', task.status.lower(), task.status)

    @admin.display(description="error")
    def error_shown(self, task: Task) -> str:
        return "-" if task.error is None else _shown(task.error)

    @admin.display(description="result")
    def result_shown(self, task: Task) -> str:
        return _json(task.result) if task.status == Status.FINISHED else "-"

    @admin.display(description="by position")
    def args_shown(self, task: Task) -> SafeString:
        return _json(task.args)

    @admin.display(description="by name")
    def kwargs_shown(self, task: Task) -> SafeString:
        return _json(task.kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Task | None = None) -> tuple[str, ...]:
        return ("id", "worker", "standing", "error_shown", "result_shown", "args_shown", "kwargs_shown")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        more = _story(int(object_id)) if object_id is not None and object_id.isdecimal() else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **more})

    # --- what is done ------------------------------------------------------------------------------------------------

    @admin.action(description="Retry: run again what has ended", location=_BOTH)
    def retry(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        self._do(request, queryset, RETRY)

    @admin.action(description="Cancel what has not ended", location=_BOTH)
    def cancel(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        self._do(request, queryset, CANCEL)

    @admin.action(description="Delete what has ended, with its attempts and log", location=_BOTH)
    def delete(self, request: HttpRequest, queryset: QuerySet[Task]) -> HttpResponseBase | None:
        if "confirmed" in request.POST:
            self._do(request, queryset, DELETE)
            return None
        fitting = queryset.order_by().filter(status__in=DELETE.statuses)[: AT_ONCE + 1].count()
        return TemplateResponse(
            request,
            "admin/zonda/task/confirm_delete.html",
            {
                **self.admin_site.each_context(request),
                "title": "Delete tasks",
                "opts": self.opts,
                "number": min(fitting, AT_ONCE),
                "more": fitting > AT_ONCE,
                "others": _others(queryset, DELETE),
                "changelist": f"{reverse('admin:zonda_task_changelist')}?{request.GET.urlencode()}",
                "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
                "select_across": request.POST.get("select_across", "0"),
            },
        )

    def _do(self, request: HttpRequest, queryset: QuerySet[Task], deed: Deed) -> None:
        fitting = queryset.order_by("-seq").filter(status__in=deed.statuses).values_list("key", flat=True)
        keys = list(fitting[: AT_ONCE + 1])
        others = _others(queryset, deed)
        count = sum(_done(deed, some) for some in batched(keys[:AT_ONCE], _STEP))
        text = f"{_tasks(count)} {deed.done}."
        if others:
            text += f" {_tasks(others)} {deed.otherwise} and stayed as they were."
        if len(keys) > AT_ONCE:
            text += f" There are more: {AT_ONCE} are {deed.done} at once."
        self.say(request, text, well=count > 0)


def _done(deed: Deed, keys: Sequence[str]) -> int:
    """How many it was done to; what has moved on since it was looked at is passed over."""
    try:
        return deed.do(keys)
    except Refusal:
        count = 0
        for key in keys:
            try:
                count += deed.do([key])
            except Refusal:
                continue
        return count


def _others(queryset: QuerySet[Task], deed: Deed) -> int:
    return queryset.order_by().exclude(status__in=deed.statuses)[:COUNTED].count()


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"


def _counted(request: HttpRequest) -> int | None:
    """How many tasks the list has, where the record has counted them already."""
    asked = {name: str(value) for name, value in request.GET.items() if value and name not in ("p", "o", "e", "all")}
    if not asked.keys() <= {"status", "queue"}:
        return None
    queue = [asked["queue"]] if "queue" in asked else []
    counts = selectors.counts(selectors.TaskFilter(queue=queue))
    if counts is None:
        return None
    statuses: Iterable[str] = [asked["status"]] if "status" in asked else Status
    return sum(getattr(counts, status.lower(), 0) for status in statuses)


def _story(seq: int) -> dict[str, Any]:
    """The last attempts and lines of the log of the task with this number, oldest first."""
    attempts = list(Attempt.objects.filter(task_id=seq).order_by("-number")[:ATTEMPTS])[::-1]
    lines = list(LogLine.objects.filter(task_id=seq).order_by("-id")[:LINES])[::-1]
    numbers = {attempt.fence: attempt.number for attempt in attempts}
    for attempt in attempts:
        attempt.traceback = _cut(attempt.traceback or "")
    return {"attempts": attempts, "lines": [(numbers.get(line.fence), line) for line in lines], "most_lines": LINES}


def _json(value: object) -> SafeString:
    return _shown(json.dumps(value, ensure_ascii=False, indent=2))


def _shown(text: str) -> SafeString:
    return format_html('<pre class="zonda-text">{}</pre>', _cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters in all)"
