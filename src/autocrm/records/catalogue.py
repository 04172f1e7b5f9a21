"""The record types of a tenant: the declared ones with its own fields, and the types it made itself.

Made once for each state of a tenant's data model and kept until that changes: `tenants` stamps the tenant's row anew
with each change, and everybody looks at the stamp. Apps add what they know of as a `Layer`; no layer, no cost.
"""

from collections.abc import Callable, Mapping
from threading import Lock

from django.db import transaction

from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records.registry import RecordType
from autocrm.tenants.selectors import find_tenant

Types = dict[str, RecordType]
# Takes the types made so far and gives those with what it adds; called in the tenant's scope, may query.
Layer = Callable[[Types], Types]

MOST_KEPT = 2_000

_layers: list[tuple[int, Layer]] = []
_kept: dict[int, tuple[str, Mapping[str, RecordType]]] = {}
_lock = Lock()


def add_layer(layer: Layer, *, order: int) -> None:
    """Let `layer` change every tenant's types; lower orders first. Called when the module that has it is loaded."""
    _layers.append((order, layer))
    _layers.sort(key=lambda each: each[0])


def types_in_tenant(declared: Mapping[str, RecordType]) -> Mapping[str, RecordType]:
    """The record types of the tenant in force, by key. A tenant that never changed its data model has the declared."""
    tenant_id = current_tenant_id()
    tenant = find_tenant(tenant_id)
    if tenant is None or not tenant.data_model:
        return declared
    kept = _kept.get(tenant_id)
    if kept is not None and kept[0] == tenant.data_model:
        return kept[1]
    made = _made(declared)
    with _lock:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[tenant_id] = tenant.data_model, made
    return made


def _made(declared: Mapping[str, RecordType]) -> Types:
    types = dict(declared)
    with transaction.atomic(using=current_database()):
        for _order, layer in _layers:
            types = layer(types)
    return types
