"""The site: who is let in, where its messages are kept, and which addresses it has."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib.admin import AdminSite
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_safe

from backend.admin import files
from backend.admin.operator import Operator, is_local
from backend.admin.version import VERSION

PREFIX: Final = "/admin/"

View = Callable[..., HttpResponseBase]

# Nobody logs in: there is nothing to log out of, and no password.
_NOT_OURS: Final = frozenset({"login", "logout", "password_change", "password_change_done", "view_on_site"})


class Messages(CookieStorage):
    """What an action has to say after it, in a signed cookie that no other address is sent."""

    cookie_name = "zonda_admin_messages"

    def _update_cookie(self, encoded_data: str, response: HttpResponseBase) -> None:
        if encoded_data:
            response.set_cookie(self.cookie_name, encoded_data, path=PREFIX, httponly=True, samesite="Strict")
        elif self.cookie_name in self.request.COOKIES:
            response.delete_cookie(self.cookie_name, path=PREFIX, samesite="Strict")


class Site(AdminSite):
    """Zonda's admin. Each of its views runs in a thread of its own, with a connection of its own."""

    site_title = "Zonda"
    site_header = "Zonda"
    index_title = "The record"
    site_url = "/"
    enable_nav_sidebar = False
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return is_local(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]  # noqa: FBT001, FBT002
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise PermissionDenied
            request.user = Operator()  # type: ignore[assignment]
            messages = Messages(request)
            request._messages = messages  # type: ignore[attr-defined]
            try:
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
                messages.update(response)
                return response
            finally:
                # The thread ends with the request, and nothing else would close what it has opened.
                connections.close_all()

        return entered

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [path(f"static/{VERSION}/<path:path>", require_safe(files.file), name="static")]
        return [*own, *(url for url in super().get_urls() if getattr(url, "name", None) not in _NOT_OURS)]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        raise PermissionDenied


site: Final = Site(name="admin")
