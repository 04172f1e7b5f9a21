"""What is no formula, and how it is said: line, column and plain words; nothing outside the table of names."""

import pytest

from autocrm.kernel.errors import Invalid
from autocrm.kernel.formulas.checking import check_formula
from autocrm.kernel.formulas.errors import FormulaError
from autocrm.kernel.formulas.parsing import LONGEST_SOURCE, parse_formula
from autocrm.kernel.tests.formula_world import NAMES


def refusal(source: str) -> list[str]:
    with pytest.raises(FormulaError) as caught:
        check_formula(source, NAMES)
    return [str(each) for each in caught.value.faults]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "Line 1, column 1: The formula is empty."),
        ("  # nothing\n", "Line 2, column 1: The formula is empty."),
        ("1 +", "Line 1, column 4: Something is missing at the end."),
        ("1 2", "Line 1, column 3: “2” is not expected here."),
        ("(1 + 2", "Line 1, column 1: This bracket is not closed."),
        ("round(1, 2", "Line 1, column 6: This bracket is not closed."),
        ("1)", "Line 1, column 2: “)” is not expected here."),
        ("round(1,)", "Line 1, column 9: “)” is not expected here."),
        ("and", "Line 1, column 1: “and” is not expected here."),
        ('"abc', "Line 1, column 1: A text in quotes is not closed, or has a \\ before something other than"),
        (r'"\d"', "Line 1, column 1: A text in quotes is not closed, or has a \\ before something other than"),
        ("12a", "Line 1, column 1: This number cannot be read; write it like 1234.5."),
        ("1.2.3", "Line 1, column 1: This number cannot be read; write it like 1234.5."),
        ("name;", "Line 1, column 5: “;” cannot be read here."),
        ("count\n  + ?", "Line 2, column 5: “?” cannot be read here."),
        ("1 < 2 < 3", "Line 1, column 7: Compare two values at a time and join comparisons by “and”."),
        ("123456789012345678901", "Line 1, column 1: A number has at most 20 digits."),
        ("salary", "Line 1, column 1: There is no field salary."),
        ("revenu + 1", "Line 1, column 1: There is no field revenu; did you mean revenue?"),
        ("name.__class__", "Line 1, column 5: “.” cannot be read here."),
        ("name.upper", "Line 1, column 1: There is no field name.upper"),
        ("company.owner.name", "Line 1, column 1: There is no field company.owner.name"),
        ("eval(1)", "Line 1, column 1: There is no function eval."),
        ("ifnull(1, 2)", "Line 1, column 1: There is no function ifnull; did you mean coalesce?"),
        ("uper(name)", "Line 1, column 1: There is no function uper; did you mean upper?"),
        ("upper()", "Line 1, column 1: upper takes at least 1 value."),
        ("upper(name, nick)", "Line 1, column 1: upper takes at most 1 value."),
        ("today(1)", "Line 1, column 1: today takes at most 0 values."),
        ("upper(count)", "Line 1, column 7: Value 1 of upper has to be: Text. This is: Number."),
        ("year(name)", "Line 1, column 6: Value 1 of year has to be: Date or Date and time. This is: Text."),
        ("name + 1", "Line 1, column 6: This cannot be worked out: Text + Number. To join texts, write &."),
        ("revenue * revenue", "Line 1, column 9: This cannot be worked out: Amount of money * Amount of money."),
        ("revenue + price", "Line 1, column 9: These amounts may be in different currencies."),
        ("revenue > price", "Line 1, column 9: These amounts may be in different currencies."),
        ("max(revenue, price)", "Line 1, column 14: These amounts may be in different currencies."),
        ("revenue + share", "Line 1, column 9: This cannot be worked out: Amount of money + Percent."),
        ("share > 20", "Line 1, column 7: Write a percent with its sign, like 20%."),
        ("name = 1", "Line 1, column 6: These do not go together: Text and Number."),
        ("vip > true", "Line 1, column 5: Yes or no has no order; compare by = or !=."),
        ("owner = company", "Line 1, column 7: These do not go together: Person of the team and Related record."),
        ("owner < author", "Line 1, column 7: Person of the team has no order; compare by = or !=."),
        ('interests = "new"', "Line 1, column 11: Several choices cannot be compared; ask contains"),
        ('stage = "lost"', "Line 1, column 9: “lost” is not one of the choices: “Fresh”, “Won it”."),
        ('contains(interests, "lost")', "Line 1, column 21: “lost” is not one of the choices: “Fresh”, “Won it”."),
        ('if(name, 1, 2)', "Line 1, column 4: Value 1 of if has to be: Yes or no. This is: Text."),
        ('if(vip, 1, "x")', "Line 1, column 12: These do not go together: Number and Text."),
        ("name and vip", "Line 1, column 1: Here stands a condition, something that is true or false. This is: Text."),
        ("not count", "Line 1, column 5: Here stands a condition, something that is true or false. This is: Number."),
        ("-name", "Line 1, column 1: Only a number has a sign. This is: Text."),
        ("round(1.5, count)", "Line 1, column 12: Value 2 of round is a whole number from -12 to 10."),
        ("round(1.5, 11)", "Line 1, column 12: Value 2 of round is a whole number from -12 to 10."),
        ("owner & name", "Line 1, column 1: This cannot be written as a text: Person of the team."),
        ("empty", "Line 1, column 1: This is always empty."),
        ("born_on + born_on", "Line 1, column 9: This cannot be worked out: Date + Date."),
    ],
)  # fmt: skip
def test_mistakes_are_told_where_they_are(source: str, said: str) -> None:
    found = refusal(source)

    assert len(found) == 1
    assert found[0].startswith(said)


def test_all_mistakes_of_meaning_are_told_at_once_in_order() -> None:
    found = refusal("upper(count) &\n  year(name) & nothing")

    assert [each.partition(":")[0] for each in found] == ["Line 1, column 7", "Line 2, column 8", "Line 2, column 16"]


def test_a_refusal_is_invalid_input_like_any_other() -> None:
    with pytest.raises(Invalid) as caught:
        check_formula("1 +", NAMES)

    assert caught.value.fields == {"formula": ["Line 1, column 4: Something is missing at the end."]}
    assert caught.value.code == "formula"


@pytest.mark.parametrize(
    "source",
    [
        "1" + " + 1" * 200,
        "(" * 60 + "1" + ")" * 60,
        "not " * 60 + "vip",
        "-" * 60 + "1",
        "upper(" * 60 + "name" + ")" * 60,
        "1 + " * 2000 + "1",
        "concat(" + ", ".join(["name"] * 600) + ")",
        "x" * (LONGEST_SOURCE + 1),
        '"' + "x" * 1001 + '"',
    ],
)
def test_a_formula_has_a_size(source: str) -> None:
    assert len(refusal(source)) == 1


@pytest.mark.parametrize("source", ["'\x00'", "'\ud800'"])
def test_what_the_database_cannot_keep_is_refused(source: str) -> None:
    assert "cannot be stored" in refusal(source)[0]


def test_names_are_asked_for_as_written() -> None:
    assert refusal("Name") == ["Line 1, column 1: There is no field Name; did you mean name?"]
    assert parse_formula("IF(TRUE, Name)") == parse_formula("if(true, Name)")
