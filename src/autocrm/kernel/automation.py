"""What automation is made of: triggers that start it and actions it takes, contributed by the apps that own them.

An action declares its inputs, so that form, validation and documentation come from one place, and its effect class:
INSIDE commits together with the step, OUTSIDE leaves the database and carries an idempotency key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


class Effect(StrEnum):
    """Where an action's effect lies."""

    INSIDE = "inside"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Input:
    """One input of an action. `template` inputs are texts with placeholders such as `{{ contact.first_name }}`.

    `choices` (value, label) closes an input without placeholders to them, `bounds` to whole numbers from the first to
    the second; `is_long` offers several lines.
    """

    key: str
    label: Text
    required: bool = False
    template: bool = True
    default: str = ""
    choices: tuple[tuple[str, Text], ...] = ()
    bounds: tuple[int, int] | None = None
    is_long: bool = False
    help_text: Text = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The record a run is about."""

    record_type: str
    record_id: UUID
    title: str
    owner_id: UUID | None
    url: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something a workflow can do; `run` gets the subject, the rendered inputs and the acting workflow.

    It answers the outputs later steps may use. Raises kernel errors; Upstream(retryable) is tried again.
    """

    key: str
    label: Text
    inputs: tuple[Input, ...]
    run: Callable[[Subject, Mapping[str, str], Actor], Mapping[str, Any]]
    effect: Effect = Effect.INSIDE
    icon: str = "bolt"


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that starts workflows: journal entries of `kinds` about a record.

    `phrase` says it of one record type: "%(type)s is created".
    """

    key: str
    label: Text
    kinds: frozenset[str]
    phrase: Text = ""


triggers: Registry[Trigger] = Registry("triggers", Trigger)
actions: Registry[Action] = Registry("actions", Action)


def register_trigger(trigger: Trigger) -> Trigger:
    """Add a trigger; called at import time of an app's `automation.py`."""
    return triggers.register(trigger.key, trigger)


def register_action(action: Action) -> Action:
    """Add an action; called at import time of an app's `automation.py`."""
    return actions.register(action.key, action)
