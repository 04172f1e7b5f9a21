"""The language holds for every formula and every row: it reads what it prints, keeps its types, never raises."""

import time
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autocrm.kernel.formulas.checking import Formula, check_formula, check_tree
from autocrm.kernel.formulas.compiling import compile_formula
from autocrm.kernel.formulas.errors import Fault, FormulaError
from autocrm.kernel.formulas.parsing import parse_formula
from autocrm.kernel.formulas.printing import print_formula
from autocrm.kernel.formulas.tree import Node
from autocrm.kernel.tests.formula_world import (
    CONTEXT,
    NAMES,
    READERS,
    ROW,
    ROWS,
    RULES,
    TREES,
    formulas,
    is_value_of,
)

SORTS = st.sampled_from(sorted(RULES))
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@given(tree=TREES)
@SLOW
def test_what_is_printed_reads_as_it_was(tree: Node) -> None:
    assert parse_formula(print_formula(tree)) == tree


def checked(tree: Node) -> tuple[Formula | None, tuple[Fault, ...]]:
    """The formula, or what is said against it."""
    try:
        return check_tree(tree, NAMES), ()
    except FormulaError as error:
        return None, error.faults


@given(tree=SORTS.flatmap(formulas), row=ROWS)
@settings(SLOW, max_examples=400)
def test_a_value_is_always_of_the_stated_type(tree: Node, row: dict[str, Any]) -> None:
    formula, faults = checked(tree)
    assert all("always empty" in each.message or "percent" in each.message for each in faults), faults
    assume(formula)

    value = compile_formula(formula, READERS)(row, CONTEXT)

    assert is_value_of(value, formula.type), (print_formula(tree), value, formula.type)


@given(tree=SORTS.flatmap(formulas), row=ROWS)
@SLOW
def test_a_formula_that_was_printed_means_the_same(tree: Node, row: dict[str, Any]) -> None:
    formula, _faults = checked(tree)
    assume(formula)
    again = check_formula(print_formula(tree), NAMES)

    assert again.type == formula.type
    assert compile_formula(again, READERS)(row, CONTEXT) == compile_formula(formula, READERS)(row, CONTEXT)


@given(tree=TREES)
@SLOW
def test_any_tree_is_checked_or_refused_in_words(tree: Node) -> None:
    formula, faults = checked(tree)

    assert faults if formula is None else is_value_of(compile_formula(formula, READERS)(ROW, CONTEXT), formula.type)


@given(source=st.text(st.characters(), max_size=60) | st.text("()+-*/%&=<>!\"'., abnot1290\\\n", max_size=60))
@SLOW
def test_any_text_is_read_or_refused_in_words(source: str) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        check_formula(source, NAMES)
    except FormulaError as error:
        faults = error.faults

    assert all(each.line >= 1 and each.column >= 1 and each.message for each in faults)


def test_the_dearest_formula_is_cheap() -> None:
    """As many nodes as there may be, each making the longest text anew."""
    source = "name"
    for _level in range(30):
        source = f'replace({source}, "x", name)'
    work = compile_formula(check_formula(source, NAMES), READERS)
    row = {**ROW, "name": "x" * 10_000}

    started = time.process_time()
    work(row, CONTEXT)

    assert time.process_time() - started < 0.2


def test_ten_thousand_rows_take_well_under_a_second() -> None:
    formula = check_formula(
        'if(revenue * share > 200, upper(name), left(name, 3)) & " " & days_between(born_on, today())', NAMES
    )
    work = compile_formula(formula, READERS)

    started = time.process_time()
    for _row in range(10_000):
        work(ROW, CONTEXT)

    assert time.process_time() - started < 0.5
