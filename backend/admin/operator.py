"""Whoever asks, in `local` mode: the person at this machine, who may do everything the API lets everybody do.

There is no session and no password to steal: that the request comes from this machine, under one of our names and, for
a form, from one of our own pages, was checked before (`backend.api.access`).
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from django.http import HttpRequest


class Operator:
    """What Django's admin asks of a user, of one who is in no table."""

    pk: Final = None
    id: Final = None
    is_active: Final = True
    is_staff: Final = True
    is_superuser: Final = True
    is_anonymous: Final = False
    is_authenticated: Final = True
    username: Final = "operator"

    def get_username(self) -> str:
        return self.username

    def get_short_name(self) -> str:
        return self.username

    def has_usable_password(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return True

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return True

    def has_module_perms(self, app_label: str) -> bool:
        return True

    def __str__(self) -> str:
        return self.username


def is_local(request: HttpRequest) -> bool:
    """Whether the request comes from this machine: the server listens nowhere else, and this does not rely on it."""
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
