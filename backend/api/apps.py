"""The Django app of the API: it brings the `schema` command."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The GraphQL API."""

    name = "backend.api"
    label = "api"
