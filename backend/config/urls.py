"""The addresses that Django serves. `/graphql` is not among them: our own endpoint answers it."""

from django.urls import include, path
from django.views.generic import RedirectView

from backend.config import page

urlpatterns = [
    path("", page.page),
    path("tasks", page.page),
    path("tasks/<str:id>", page.page),
    path("failures", page.page),
    path("workers", page.page),
    path("queues", page.page),
    path("types", page.page),
    path("graphiql", page.graphiql),
    path("graphiql/", page.graphiql),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include(("backend.admin.urls", "admin"), namespace="admin")),
    path("<path:path>", page.file),
]
handler404 = page.not_found
