"""Sealing: what was sealed for one purpose opens for no other, and not after being touched."""

import pytest

from autocrm.kernel.sealing import Unsealable, seal, unseal


def test_a_sealed_text_opens_again_and_never_looks_the_same() -> None:
    first, second = seal("the secret", purpose="a"), seal("the secret", purpose="a")

    assert first != second
    assert "secret" not in first
    assert unseal(first, purpose="a") == unseal(second, purpose="a") == "the secret"


def test_another_purpose_another_key_or_a_changed_text_opens_nothing(settings: object) -> None:
    sealed = seal("the secret", purpose="a")

    with pytest.raises(Unsealable):
        unseal(sealed, purpose="b")
    for wrong in (sealed[:-6] + "AAAAAA", "v1.", "v1.%%%", "v2" + sealed[2:], "plain", ""):
        with pytest.raises(Unsealable):
            unseal(wrong, purpose="a")
    settings.MASTER_KEY = "another key altogether"
    with pytest.raises(Unsealable):
        unseal(sealed, purpose="a")
