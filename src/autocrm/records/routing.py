"""Addresses begin with the plural of a record type, which means something only within a tenant: resolved here."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from autocrm.records.registry import get_by_plural


def typed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give `view` the record type that the address's `plural` names; NotFound where the tenant has none."""

    @wraps(view)
    def resolved(request: HttpRequest, plural: str, **parameters: Any) -> HttpResponseBase:
        return view(request, record_type=get_by_plural(plural), **parameters)

    return resolved
