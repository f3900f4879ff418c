"""Queues: how full they are, and whether anything of them is started."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from backend.admin.read_only import ReadOnly
from backend.admin.site import site
from backend.tasks import store
from backend.tasks.models import Queue
from backend.tasks.refusals import Refusal


class PauseForm(ActionForm):
    """The actions, and why."""

    reason = forms.CharField(required=False, max_length=200, label="Reason of a pause:")


@admin.register(Queue, site=site)
class QueueAdmin(ReadOnly):
    """Every queue that was ever used or paused."""

    list_display = ("name", "is_paused", "pause_reason", "queueing", "running", "failed", "finished", "created")
    list_filter = ("paused",)
    search_fields = ("name",)
    ordering = ("name",)
    actions = ("pause", "resume")
    action_form = PauseForm
    fields = (*list_display, "paused_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Queue | None = None) -> tuple[str, ...]:
        return ("is_paused",)

    # Not Django's sign for what is false: a red cross at every queue that is as it should be.
    @admin.display(description="paused")
    def is_paused(self, queue: Queue) -> str:
        return "paused" if queue.paused else "-"

    @admin.action(description="Pause: start nothing more of it")
    def pause(self, request: HttpRequest, queryset: QuerySet[Queue]) -> None:
        reason = request.POST.get("reason", "").strip() or None
        self._do(request, queryset, "Paused", lambda name: store.pause_queue(name, reason))

    @admin.action(description="Resume: start its tasks again")
    def resume(self, request: HttpRequest, queryset: QuerySet[Queue]) -> None:
        self._do(request, queryset, "Resumed", store.resume_queue)

    def _do(self, request: HttpRequest, queryset: QuerySet[Queue], done: str, do: Any) -> None:
        names = []
        for queue in queryset:
            try:
                names.append(do(queue.name).name)
            except Refusal as refusal:
                self.say(request, str(refusal), well=False)
        if names:
            self.say(request, f"{done}: {', '.join(names)}.")
