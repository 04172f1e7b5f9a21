"""What a role can be about: the record types and fields of the apps above, told to the role editor from below.

`users` stands under every record type, yet its role editor lists them all. Each record type registers here what the
editor needs to know of it, and nothing else: a key, its words and its fields.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autocrm.kernel.actors import Verb
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


def _no_fields() -> Sequence[tuple[str, Text]]:
    return ()


@dataclass(frozen=True, slots=True)
class PermissionSubject:
    """One record type as roles see it.

    `fields` is asked within the tenant's scope and a transaction, so that a workspace's own fields are listed too;
    `verbs` are the ones that mean something for these records; `order` is its place among the others.
    """

    key: str
    label: Text
    fields: Callable[[], Sequence[tuple[str, Text]]] = field(default=_no_fields)
    verbs: tuple[Verb, ...] = tuple(Verb)
    order: int = 100


subjects: Registry[PermissionSubject] = Registry("permission subjects", PermissionSubject)


def declare_subject(subject: PermissionSubject) -> PermissionSubject:
    """Make a record type known to the role editor; called from `wiring.py` of `records`."""
    return subjects.register(subject.key, subject)
