"""Messages on `TASKS` that could not become tasks, with the reason."""

from django.contrib import admin
from django.http import HttpRequest

from backend.admin.read_only import ReadOnly
from backend.admin.site import site
from backend.tasks.models import RejectedMessage


@admin.register(RejectedMessage, site=site)
class RejectedMessageAdmin(ReadOnly):
    """The newest first."""

    list_display = ("received_at", "reason", "beginning")
    search_fields = ("reason", "body")
    ordering = ("-id",)
    fields = ("received_at", "reason", "body")

    def get_readonly_fields(self, request: HttpRequest, obj: RejectedMessage | None = None) -> tuple[str, ...]:
        return ("beginning",)

    @admin.display(description="message")
    def beginning(self, message: RejectedMessage) -> str:
        return message.body[:120]
