"""What a formula is made of. Two trees are equal when they mean the same, wherever they stood in the text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal as OneOf

Place = tuple[int, int]
NOWHERE: Place = (1, 1)
UnaryOp = OneOf["-", "not"]
BinaryOp = OneOf["+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", "and", "or"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it stands in the text; `percent` when a number was written as `20%` (its value is then 0.20)."""

    value: str | Decimal | bool | None
    percent: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A field, or over a relation one of the record it leads to: `company.revenue`."""

    id: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """One operand behind its sign."""

    op: UnaryOp
    operand: "Node"
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands; `place` is that of the operator."""

    op: BinaryOp
    left: "Node"
    right: "Node"
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given."""

    function: str
    arguments: tuple["Node", ...]
    place: Place = field(default=NOWHERE, compare=False)


Node = Literal | Name | Unary | Binary | Call


def children(node: Node) -> tuple[Node, ...]:
    """What stands directly below."""
    match node:
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Call():
            return node.arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(children(found))


def depth(node: Node) -> int:
    """How many nodes lie upon another at most."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        found, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(found))
    return deepest
