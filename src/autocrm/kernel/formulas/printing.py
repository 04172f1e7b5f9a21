"""Writes a tree as the text of a formula: as few brackets as it takes to be read back as the same tree."""

from collections.abc import Mapping
from decimal import Decimal

from autocrm.kernel.formulas.lexing import quoted, tokenise
from autocrm.kernel.formulas.parsing import COMPARISONS, MINUS_STRENGTH, NOT_STRENGTH, STRENGTHS
from autocrm.kernel.formulas.tree import Binary, Call, Literal, Name, Node, Place, Unary

_ALONE = 100


def print_formula(tree: Node) -> str:
    """The text that `parse_formula` reads as `tree`."""
    return _write(tree)[0]


def respell(source: str, words: Mapping[Place, str]) -> str:
    """The source with other texts in quotes at these places; everything else stands as somebody wrote it."""
    starts = [0, *(at + 1 for at, sign in enumerate(source) if sign == "\n")]
    for token in reversed(tokenise(source)):
        if token.kind == "text" and token.place in words:
            line, column = token.place
            at = starts[line - 1] + column - 1
            source = source[:at] + quoted(words[token.place]) + source[at + len(token.text) :]
    return source


def _write(node: Node) -> tuple[str, int]:
    """The text, and how tightly it holds together."""
    match node:
        case Literal():
            return _literal(node), _ALONE
        case Name():
            return node.id, _ALONE
        case Call():
            return f"{node.function}({', '.join(_write(each)[0] for each in node.arguments)})", _ALONE
        case Unary():
            strength = NOT_STRENGTH if node.op == "not" else MINUS_STRENGTH
            joint = " " if node.op == "not" else ""
            return f"{node.op}{joint}{_within(node.operand, strength)}", strength
        case Binary():
            strength = STRENGTHS[node.op]
            left = _within(node.left, strength + 1 if node.op in COMPARISONS else strength)
            return f"{left} {node.op} {_within(node.right, strength + 1)}", strength


def _within(node: Node, strength: int) -> str:
    """The text of an operand, in brackets when it would fall apart; a sign swallows what follows, so it gets them."""
    text, own = _write(node)
    return text if own >= strength and not isinstance(node, Unary) else f"({text})"


def _literal(node: Literal) -> str:
    match node.value:
        case None:
            return "empty"
        case bool():
            return "true" if node.value else "false"
        case Decimal():
            return f"{node.value.scaleb(2):f}%" if node.percent else f"{node.value:f}"
        case str():
            return quoted(node.value)
