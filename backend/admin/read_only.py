"""A table to look at: searched, filtered and paged at a cost that does not grow with the record."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:
    _ModelAdmin = admin.ModelAdmin
    _Paginator = Paginator

COUNTED: Final = 10_000
"""Rows that are counted at most, and so can be paged to: what is further down a filter finds."""

AT_ONCE: Final = 10_000
"""Rows that one action is done to at most."""


class Pages(_Paginator):
    """Pages of as many rows as are worth counting. `known` is how many there are, if that is written down somewhere."""

    known: int | None = None

    @property
    def count(self) -> int:
        if self.known is not None:
            return self.known
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:COUNTED].count()


class ReadOnly(_ModelAdmin):
    """What nobody adds, edits or deletes here. Actions are the only way to do something."""

    paginator = Pages
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    sortable_by = ()
    actions_on_top = True

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        # What else an address could ask for, such as a regular expression, may cost whatever it likes.
        return lookup in {getattr(one, "column", f"{one}__exact") for one in self.list_filter}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        # Django's own would hold the write lock from here on, without having waited for its turn.
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def delete_view(self, request: HttpRequest, *_: Any, **__: Any) -> Any:
        raise PermissionDenied

    def history_view(self, request: HttpRequest, *_: Any, **__: Any) -> Any:
        raise PermissionDenied

    def save_model(self, *_: Any, **__: Any) -> None:
        raise PermissionDenied

    def say(self, request: HttpRequest, text: str, *, well: bool = True) -> None:
        """Tell the person what came of an action."""
        self.message_user(request, text, messages.SUCCESS if well else messages.WARNING)


class Choices(admin.SimpleListFilter):
    """A filter by a column whose values are known without looking through the table."""

    column = ""
    values: Callable[[], Iterable[str]]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        self.parameter_name = self.parameter_name or self.column
        super().__init__(*arguments, **more)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, value) for value in type(self).values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(**{self.column: self.value()})
