"""Names that are written as a whole, taken apart."""

import pytest

from autocrm.contacts.shared_fields import parts_of_name


@pytest.mark.parametrize(
    ("whole", "first", "last"),
    [
        ("Ana Silva", "Ana", "Silva"),
        ("  Ana   Maria Silva ", "Ana Maria", "Silva"),
        ("Silva, Ana Maria", "Ana Maria", "Silva"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Maria de la Cruz", "Maria", "de la Cruz"),
        ("Martin Luther King Jr.", "Martin Luther", "King Jr."),
        ("King, Jr.", "King,", "Jr."),
        ("Silva", "", "Silva"),
        ("de Gaulle", "de", "Gaulle"),
        ("", "", ""),
        ("Silva,", "", "Silva,"),
    ],
)
def test_a_name_is_taken_apart(whole: str, first: str, last: str) -> None:
    assert parts_of_name(whole) == {"first_name": first, "last_name": last}
