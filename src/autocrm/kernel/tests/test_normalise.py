"""Match keys: the same thing written in two ways gives one key, and a key of a key is itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.normalise import (
    company_domain_of,
    company_key,
    domain_of,
    is_free_mail,
    name_key,
    normalise_email,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ana@acme.test", "ana@acme.test"),
        ("  Ana.LOPEZ+crm@ACME.Test\t", "ana.lopez+crm@acme.test"),
        ("Ana López <Ana@Acme.test>", "ana@acme.test"),
        ('"López, Ana" <ana@acme.test> ', "ana@acme.test"),
        ("<mailto:ana@acme.test>", "ana@acme.test"),
        ("mailto:Ana@acme.test", "ana@acme.test"),
        ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("ａｎａ＠acme.test", "ana@acme.test"),
        ("ana@acme.test.", "ana@acme.test"),
        ("o'neil@acme.test", "o'neil@acme.test"),
        ("", ""),
        ("ana", ""),
        ("ana@", ""),
        ("@acme.test", ""),
        ("ana@acme", ""),
        ("ana@127.0.0.1", ""),
        ("ana@acme..test", ""),
        ("ana lopez@acme.test", ""),
        ("ana@acme.test, bob@acme.test", ""),
        ("ana@acme.test\r\nbcc: all@acme.test", ""),
        ("a" * 65 + "@acme.test", ""),
        ("n/a", ""),
    ],
)
def test_addresses_compare_without_case_and_wrapping(text: Any, address: Any) -> None:
    assert normalise_email(text) == address


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("  Ana   LOPEZ ", "ana lopez"),
        ("Zoë ØSTERGÅRD", "zoe ostergard"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Weiß", "weiss"),
        ("O’Brien", "o'brien"),
        ("Jean–Luc", "jean-luc"),
        ("Ａｎａ", "ana"),
        ("e\u0301ric", "eric"),
        ("İbrahim", "ibrahim"),
        ("Ana\N{NO-BREAK SPACE}Lopez\u3000X", "ana lopez x"),
        ("李小龍", "李小龍"),
        ("Æther", "aether"),
        ("", ""),
    ],
)
def test_names_compare_without_case_accents_and_spare_spaces(text: Any, key: Any) -> None:
    assert name_key(text) == key


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Acme.test/about?x=1", "acme.test"),
        ("http://acme.test:8080", "acme.test"),
        ("acme.test/path", "acme.test"),
        ("WWW.ACME.TEST", "acme.test"),
        ("//acme.test", "acme.test"),
        ("www.www.acme.test", "acme.test"),
        ("www.test", "www.test"),
        ("ana@mail.acme.test", "mail.acme.test"),
        ("Ana <ana@acme.test>", "acme.test"),
        ("https://user:pw@acme.test/", "acme.test"),
        ("https://acme.test/@ana", "acme.test"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("acme.test.", "acme.test"),
        ("localhost", ""),
        ("http://192.168.0.1/", ""),
        ("http://[::1]/", ""),
        ("https://", ""),
        ("http://[bad/", ""),
        ("not a domain.test", ""),
        ("", ""),
    ],
)
def test_domains_come_out_of_urls_hosts_and_addresses(text: Any, domain: Any) -> None:
    assert domain_of(text) == domain


def test_free_mail_says_nothing_about_a_company() -> None:
    assert is_free_mail("gmail.com")
    assert not is_free_mail("acme.test")
    assert company_domain_of("Ana@Gmail.com") == ""
    assert company_domain_of("ana@acme.test") == "acme.test"
    assert company_domain_of("nonsense") == ""


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        ("acme", ["Acme", "ACME Inc.", "acme, inc", "Acme Incorporated", "Acme L.L.C.", "Acme GmbH", "Acme Ltd. Co."]),
        ("muller and sohne", ["Müller & Söhne GmbH & Co. KG", "Müller und Söhne", "MULLER AND SOHNE GMBH"]),
        ("ferrari", ["Ferrari S.p.A.", "Ferrari SpA", "Ferrari s. p. a."]),
        ("kowalski", ["Kowalski Sp. z o.o.", "Kowalski sp z o o"]),
        ("jp morgan", ["J.P. Morgan", "J P Morgan & Co."]),
        ("novak", ["Novák s.r.o.", "Novak S. R. O."]),
        ("hansen", ["Hansen A/S", "Hansen ApS"]),
        ("petrobras", ["Petrobras S.A.", "Petrobras S/A"]),
        ("o reilly", ["O. Reilly", "O-Reilly Inc"]),
        ("oreilly", ["O'Reilly", "O’Reilly Media"[:8]]),
        ("inc", ["Inc.", "INC"]),
        ("and co", ["& Co"]),
        ("limited brands", ["Limited Brands, Inc."]),
        ("acme", ["Acme Gesellschaft mbH", "Acme Ges. m. b. H.", "Acme GesmbH", "Acme Ges.m.b.H. & Co. KG"]),
        (
            "acme",
            ["Acme Gesellschaft mit beschränkter Haftung", "Acme UG (haftungsbeschränkt)", "Acme Aktiengesellschaft"],
        ),
        ("acme", ["Acme GmbH & Co. KG", "Acme GmbH & Co. KGaA", "Acme mbH & Co", "ACME PartG mbB", "Acme e. V."]),
        ("acme", ["Acme S. r. l.", "Acme Srl", "Acme S.p.A.", "Acme Società per Azioni", "Acme S.A.S."]),
        ("acme", ["Acme Pty Ltd", "Acme Pty. Limited", "Acme Proprietary Limited", "Acme Pte. Ltd.", "Acme Co., Ltd."]),
        ("acme", ["Acme Sdn Bhd", "Acme Sdn. Bhd.", "Acme Berhad", "Acme K.K.", "Acme K. K.", "Acme Kabushiki Kaisha"]),
        ("acme", ["Acme Private Limited", "Acme Pvt. Ltd.", "Acme Public Limited Company", "Acme Limited Partnership"]),
        ("acme", ["Acme S.A. de C.V.", "Acme S. de R.L. de C.V.", "Acme A.Ş.", "Acme Ltd. Şti.", "Acme Spółka z o.o."]),
        ("acme", ["Acme spol. s r.o.", "Acme, s.r.o.", "Acme Oy Ab", "Acme B.V.", "Acme N.V."]),
        ("ag insurance", ["AG Insurance", "AG Insurance N.V."]),
        ("insurance", ["Insurance AG"]),
        ("berlin zoo", ["Berlin Zoo", "Berlin Zoo AG"]),
        ("simply private", ["Simply Private", "Simply Private Ltd"]),
        ("deutsche gesellschaft", ["Deutsche Gesellschaft e.V."]),
        ("acme handelsgesellschaft", ["Acme Handelsgesellschaft mbH"]),
        ("the limited", ["The Limited"]),
        ("spa resort", ["Spa Resort", "Spa Resort S.p.A."]),
        ("kk wind", ["KK Wind A/S"]),
        ("partners", ["Partners Limited Liability Company"]),
        ("", ["", "...", " - "]),
    ],
)
def test_companies_compare_without_their_legal_form(key: Any, spellings: Any) -> None:
    assert {company_key(spelling) for spelling in spellings} == {key}


@pytest.mark.parametrize("normalise", [normalise_email, name_key, domain_of, company_key, company_domain_of])
@given(text=st.text(max_size=60) | st.text("aA .-&'@<>/:éßİ'漢1_", max_size=30))
def test_any_text_has_a_key_and_a_key_is_its_own_key(normalise: Any, text: Any) -> None:
    key = normalise(text)

    if normalise is not company_domain_of:
        assert normalise(key) == key
    assert key == key.strip()
    assert "  " not in key


@given(st.text(max_size=40))
def test_case_never_matters(text: Any) -> None:
    assert name_key(text.lower().upper().lower()) == name_key(text.upper().lower().upper().lower())


def test_endless_text_is_cut_not_chewed() -> None:
    for normalise in (normalise_email, name_key, domain_of, company_key):
        assert len(normalise("a." * 1_000_000)) <= 1000
