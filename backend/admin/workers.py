"""Workers: who is there, and the one thing that can be asked of one."""

from django.contrib import admin
from django.contrib.admin.options import ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest

from backend.admin.read_only import ReadOnly
from backend.admin.site import site
from backend.tasks import selectors, store
from backend.tasks.models import Worker
from backend.tasks.refusals import Refusal


@admin.register(Worker, site=site)
class WorkerAdmin(ReadOnly):
    """Every seat at the ventilator."""

    list_display = (
        "topic",
        "state",
        "name",
        "host",
        "pid",
        "served",
        "load",
        "succeeded",
        "failed",
        "drain_asked",
        "last_beat_at",
    )
    ordering = ("topic",)
    actions = ("drain",)
    fields = (*list_display, "incarnation")

    def get_readonly_fields(self, request: HttpRequest, obj: Worker | None = None) -> tuple[str, ...]:
        return ("served", "load")

    @admin.display(description="queues")
    def served(self, worker: Worker) -> str:
        return ", ".join(worker.queues)

    @admin.display(description="running / sent / slots")
    def load(self, worker: Worker) -> str:
        load = selectors.loads([worker.incarnation]).get(worker.incarnation, selectors.Load())
        return f"{load.current} / {load.pending} / {worker.slots}"

    @admin.action(
        description="Drain: take nothing more, and end when all that runs has ended",
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def drain(self, request: HttpRequest, queryset: QuerySet[Worker]) -> None:
        asked = []
        for worker in queryset:
            try:
                asked.append(store.drain_worker(worker.topic).topic)
            except Refusal as refusal:
                self.say(request, str(refusal), well=False)
        if asked:
            self.say(request, f"Asked to drain: {', '.join(asked)}.")
