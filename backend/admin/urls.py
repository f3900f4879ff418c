"""The admin's addresses, below `/admin/`."""

from backend.admin import queues, rejected, tasks, workers  # noqa: F401  (they put themselves on the site)
from backend.admin.site import site

urlpatterns = site.urls[0]
