"""Reads the text of a formula into a tree. What the names are and whether the types fit is asked by `checking`.

a or b · a and b · not a · = != < <= > >= (also == and <>) · & · + - · * / % · -a · f(a, b) (a) name "text" 12.5 20%
"""

from decimal import Decimal
from typing import cast

from django.utils.translation import gettext as _

from autocrm.kernel.errors import Text
from autocrm.kernel.formulas.errors import FormulaError, fault_at
from autocrm.kernel.formulas.lexing import Token, text_value, tokenise
from autocrm.kernel.formulas.tree import Binary, BinaryOp, Call, Literal, Name, Node, Unary, depth, walk

LONGEST_SOURCE = 5_000
LONGEST_TEXT = 1_000
LONGEST_NUMBER = 20
DEEPEST = 100
DEEPEST_NESTING = 40
MOST_NODES = 500

# How tightly an operator binds what stands beside it; equal ones from left to right.
STRENGTHS: dict[str, int] = {
    "or": 1,
    "and": 2,
    "=": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "&": 5,
    "+": 6, "-": 6,
    "*": 7, "/": 7, "%": 7,
}  # fmt: skip
NOT_STRENGTH, MINUS_STRENGTH = 3, 8
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
KEYWORDS = frozenset({"and", "or", "not", "true", "false", "empty"})
_SAME = {"==": "=", "<>": "!="}
_CONSTANTS = {"true": True, "false": False, "empty": None}


def parse_formula(source: str) -> Node:
    """The tree of a formula. Raises FormulaError with the place of the first mistake."""
    if "\x00" in source or not _is_storable(source):
        raise FormulaError([fault_at((1, 1), _("The formula contains characters that cannot be stored."))])
    if len(source) > LONGEST_SOURCE:
        message = _("The formula is longer than %(most)d characters.") % {"most": LONGEST_SOURCE}
        raise FormulaError([fault_at((1, 1), message)])
    reader = _Reader(tokenise(source))
    tree = reader.whole()
    if sum(1 for _node in walk(tree)) > MOST_NODES or depth(tree) > DEEPEST:
        message = _("The formula has too many parts; split it into several fields.")
        raise FormulaError([fault_at((1, 1), message)])
    return tree


def _is_storable(source: str) -> bool:
    """Half of a surrogate pair has no form in UTF-8: Python lets it pass, the database does not."""
    try:
        source.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._nesting = 0

    def whole(self) -> Node:
        if self._is_at_end():
            raise self._mistake(self._token, _("The formula is empty."))
        tree = self._expression(0)
        if not self._is_at_end():
            raise self._unexpected(self._token)
        return tree

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _is_at_end(self) -> bool:
        return self._token.kind == "end"

    def _take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _expression(self, strength: int) -> Node:
        self._nesting += 1
        if self._nesting > DEEPEST_NESTING:
            raise self._mistake(self._token, _("The formula is nested too deeply; split it into several fields."))
        left = self._operand()
        while (op := self._operator()) and STRENGTHS[op] > strength:
            token = self._take()
            right = self._expression(STRENGTHS[op])
            left = Binary(cast("BinaryOp", op), left, right, token.place)
            if op in COMPARISONS and self._operator() in COMPARISONS:
                message = _("Compare two values at a time and join comparisons by “and”.")
                raise self._mistake(self._token, message)
        self._nesting -= 1
        return left

    def _operator(self) -> str:
        token = self._token
        word = token.text.lower()
        word = _SAME.get(word, word)
        return word if token.kind in {"sign", "name"} and word in STRENGTHS else ""

    def _operand(self) -> Node:
        token = self._take()
        match token.kind:
            case "number":
                return self._number(token)
            case "text":
                return self._text(token)
            case "name":
                return self._word(token)
        if token.text == "-":
            return Unary("-", self._expression(MINUS_STRENGTH - 1), token.place)
        if token.text == "(":
            inside = self._expression(0)
            self._close(token)
            return inside
        raise self._unexpected(token)

    def _number(self, token: Token) -> Node:
        if len(token.text) > LONGEST_NUMBER:
            message = _("A number has at most %(most)d digits.") % {"most": LONGEST_NUMBER}
            raise self._mistake(token, message)
        value = Decimal(token.text)
        if self._token.text == "%" and self._token.tight and not self._starts_operand(self._tokens[self._at + 1]):
            self._take()
            return Literal(value.scaleb(-2), percent=True, place=token.place)
        return Literal(value, place=token.place)

    def _starts_operand(self, token: Token) -> bool:
        """Whether `%` between a number and this divides with remainder: `7%3`; after `20%` an operator may follow."""
        if token.kind == "name":
            return token.text.lower() not in {"and", "or"}
        return token.kind in {"number", "text"} or token.text == "("

    def _text(self, token: Token) -> Node:
        value = text_value(token.text)
        if len(value) > LONGEST_TEXT:
            raise self._mistake(token, _("A text has at most %(most)d characters.") % {"most": LONGEST_TEXT})
        return Literal(value or None, place=token.place)

    def _word(self, token: Token) -> Node:
        word = token.text.lower()
        if word == "not":
            return Unary("not", self._expression(NOT_STRENGTH - 1), token.place)
        if self._token.text == "(":
            return self._call(token)
        if word in _CONSTANTS:
            return Literal(_CONSTANTS[word], place=token.place)
        if word in KEYWORDS:
            raise self._unexpected(token)
        return Name(token.text, token.place)

    def _call(self, token: Token) -> Node:
        opening = self._take()
        arguments: list[Node] = []
        if self._token.text == ")" and self._token.kind == "sign":
            self._take()
            return Call(token.text.lower(), (), token.place)
        while True:
            arguments.append(self._expression(0))
            if self._token.text != ",":
                break
            self._take()
        self._close(opening)
        return Call(token.text.lower(), tuple(arguments), token.place)

    def _close(self, opening: Token) -> None:
        if self._token.text != ")" or self._token.kind != "sign":
            if self._token.kind == "end":
                raise self._mistake(opening, _("This bracket is not closed."))
            raise self._unexpected(self._token)
        self._take()

    def _unexpected(self, token: Token) -> FormulaError:
        if token.kind == "end":
            return self._mistake(token, _("Something is missing at the end."))
        return self._mistake(token, _("“%(text)s” is not expected here.") % {"text": token.text[:40]})

    def _mistake(self, token: Token, message: Text) -> FormulaError:
        return FormulaError([fault_at(token.place, message)])
