"""One form for things that people write in many: e-mail addresses, names, domains, companies.

The results go into normalised text columns of their own (`=` and `LIKE 'x%'` on text stay usable under row-level
security) and are match keys: compare them, never show them. Each function answers "" where there is nothing to match,
never raises, and gives the same again when given its own result.
"""

import re
import unicodedata
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import idna

MAX_LENGTH = 1000

_EMAIL_IN_BRACKETS = re.compile(r"<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>\s*$", re.IGNORECASE)
_LOCAL_PART = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PUNCTUATION = re.compile(r"[^\w\s&]|_")

_SAME_LETTER = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t",
        "‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip

_FREE_MAIL_HOSTS = """
gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.com.br yahoo.com.au yahoo.ca yahoo.de
yahoo.es yahoo.fr yahoo.in yahoo.it ymail.com rocketmail.com hotmail.com hotmail.co.uk hotmail.de hotmail.es
hotmail.fr hotmail.it outlook.com outlook.de outlook.es outlook.fr outlook.it live.com live.co.uk live.de live.fr
live.it live.nl msn.com windowslive.com passport.com icloud.com me.com mac.com aol.com aol.co.uk aim.com gmx.com
gmx.de gmx.at gmx.ch gmx.net web.de freenet.de t-online.de arcor.de online.de 1und1.de mail.de posteo.de mailbox.org
proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com keemail.me fastmail.com
fastmail.fm hey.com zoho.com zohomail.com mail.com email.com usa.com inbox.com hushmail.com mail.ru bk.ru inbox.ru
list.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua qq.com vip.qq.com foxmail.com 163.com 126.com
yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn naver.com daum.net hanmail.net nate.com docomo.ne.jp
ezweb.ne.jp softbank.ne.jp rediffmail.com sify.com indiatimes.com uol.com.br bol.com.br terra.com.br ig.com.br
globo.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr numericable.fr bbox.fr libero.it virgilio.it
alice.it tin.it tiscali.it fastwebnet.it telefonica.net terra.es telenet.be skynet.be proximus.be ziggo.nl kpnmail.nl
planet.nl home.nl xs4all.nl bluewin.ch hispeed.ch sunrise.ch aon.at chello.at a1.net telia.com comhem.se bredband.net
online.no getmail.no mail.dk wp.pl o2.pl onet.pl interia.pl op.pl seznam.cz email.cz centrum.cz post.cz azet.sk
freemail.hu citromail.hu abv.bg mail.bg comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net
charter.net earthlink.net juno.com optonline.net frontier.com windstream.net roadrunner.com rr.com shaw.ca rogers.com
sympatico.ca telus.net videotron.ca btinternet.com sky.com virginmedia.com ntlworld.com talktalk.net blueyonder.co.uk
bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz
"""
_LEGAL_FORM_WORDS = """
inc incorporated corp corporation co company llc llp lp ltd limited plc pllc pc lllp gmbh mbh ag kg kgaa ug ohg gbr
ek ev se sa sas sarl sasu snc sci eurl spa srl srls sl slu sau bv nv vof cv bvba ab oy oyj as asa aps is ivs ks kft
zrt nyrt bt sro doo dd ooo oao zao pao ao tov pty pte pvt sdn bhd berhad kk gk yk jsc ojsc cjsc pjsc tbk ltda
eireli lda sapi spzoo sia uab oue ou ehf hf dac clg cic gesmbh partg partgmbb eg sti aktiengesellschaft
kommanditgesellschaft aktiebolag aktieselskab aksjeselskap anpartsselskab osakeyhtio
"""
# Words that say nothing by themselves ("Berlin Zoo", "Simply Private") but at the end of a name do together.
_LEGAL_FORM_PHRASES = """
gesellschaft mbh|ges mbh|gesellschaft mit beschrankter haftung|mit beschrankter haftung|ug haftungsbeschrankt
partg mbb|offene handelsgesellschaft|eingetragene genossenschaft|eingetragener verein
public limited company|private limited|private limited company|limited liability company|limited liability partnership
limited partnership|proprietary limited|sendirian berhad|kabushiki kaisha|godo kaisha|yugen kaisha
sp zoo|spolka zoo|spolka z ograniczona odpowiedzialnoscia|spolka akcyjna|spol sro
societa per azioni|societa a responsabilita limitata|societe anonyme|societe a responsabilite limitee
societe par actions simplifiee|sociedad anonima|sociedad limitada|sociedad de responsabilidad limitada
sa de cv|sab de cv|sapi de cv|s de rl de cv|s de rl|besloten vennootschap|naamloze vennootschap
anonim sirketi|limited sirketi
"""
_FREE_MAIL = frozenset(_FREE_MAIL_HOSTS.split())
_LEGAL_FORMS = frozenset(_LEGAL_FORM_WORDS.split())
_PHRASES = {tuple(phrase.split()) for line in _LEGAL_FORM_PHRASES.split("\n") for phrase in line.split("|") if phrase}
_LONGEST_PHRASE = max(map(len, _PHRASES))
_JOINING = frozenset({"&", "and", "und", "et", "y"})
# What alone is no name either, so that "The Limited" keeps its own.
_NO_NAME = _JOINING | {"the"}


def normalise_email(text: str) -> str:
    """The address in `text` ("Ana <Ana@Example.com>", "mailto:..."), compared without case; "" if there is none."""
    return _normalised_email(text[:MAX_LENGTH]) if text else ""


# An address or a name is asked for by what finds a record, by the record, and by what compares it, one after the other.
@lru_cache(maxsize=20_000)
def _normalised_email(text: str) -> str:
    candidate = text.strip()
    if bracketed := _EMAIL_IN_BRACKETS.search(candidate):
        candidate = bracketed[1]
    local, _at, domain = _fold(candidate).removeprefix("mailto:").rpartition("@")
    host = _to_host(domain)
    if not _LOCAL_PART.fullmatch(local) or "." not in host:
        return ""
    return f"{local}@{host}"


def name_key(text: str) -> str:
    """A person's or any other name without case, accents and spare spaces: "  Zoë  ØSTERGÅRD" -> "zoe ostergard"."""
    text = text[:MAX_LENGTH]
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    return _strip_accents(_fold(text))


def domain_of(text: str) -> str:
    """The domain that a URL, host name or e-mail address points to, without "www." and port; "" if there is none."""
    if text.isascii() and "." not in text:
        return ""
    candidate = _fold(text[:MAX_LENGTH])
    if "@" in candidate and "/" not in candidate.partition("@")[0]:
        candidate = candidate.rpartition("@")[2].rstrip(">")
    elif not candidate.startswith("//") and "://" not in candidate:
        candidate = f"//{candidate}"
    try:
        host = urlsplit(candidate).hostname or "" if "//" in candidate else candidate
    except ValueError:
        return ""
    host = _to_host(host)
    while host.startswith("www.") and host.count(".") > 1:
        host = host[4:]
    return host if "." in host else ""


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there, so that it says nothing about a company."""
    return domain in _FREE_MAIL


def company_domain_of(email: str) -> str:
    """The domain of a person's employer as far as an address tells; "" for free mail."""
    domain = domain_of(normalise_email(email))
    return "" if is_free_mail(domain) else domain


def company_key(text: str) -> str:
    """A company's name without legal form, punctuation, case and accents: "Müller & Söhne GmbH & Co. KG"."""
    return _company_key(text[:MAX_LENGTH])


@lru_cache(maxsize=20_000)
def _company_key(text: str) -> str:
    words = _words(text)
    while len(words) > 1:
        kept = _without_legal_form(words)
        if kept == words:
            break
        words = kept
    return " ".join(words)


def _without_legal_form(words: list[str]) -> list[str]:
    kept = words[: -_length_of_legal_form(words) or None]
    while len(kept) > 1 and kept[-1] in _JOINING:
        kept = kept[:-1]
    return words if len(kept) == len(words) or _NO_NAME.issuperset(kept) else kept


def _length_of_legal_form(words: list[str]) -> int:
    """How many words at the end are one legal form, the longest there is; 0 for none."""
    for length in range(min(_LONGEST_PHRASE, len(words) - 1), 1, -1):
        if tuple(words[-length:]) in _PHRASES:
            return length
    return int(words[-1] in _LEGAL_FORMS)


def _words(text: str) -> list[str]:
    """Words without punctuation; initials become one word, dotted or spaced ("S. r. l." -> "srl")."""
    plain = _PUNCTUATION.sub(" ", name_key(text).replace("'", "")).replace("&", " & ")
    words: list[str] = []
    joining = False
    for word in plain.split():
        is_initial = len(word) == 1 and word.isalpha()
        if is_initial and joining:
            words[-1] += word
        else:
            words.append("and" if word in {"&", "und", "et"} else word)
        joining = is_initial
    return words


def _fold(text: str) -> str:
    if text.isascii():
        return text.strip().casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def _strip_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.translate(_SAME_LETTER))
    bare = "".join(character for character in parts if not unicodedata.combining(character))
    return " ".join(unicodedata.normalize("NFKC", bare).translate(_SAME_LETTER).split())


@lru_cache(maxsize=10_000)
def _to_host(text: str) -> str:
    """A host name in lower-case ASCII, or "" when `text` cannot be one (an IP address is none either)."""
    host = text.strip().removesuffix(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    host = host.lower()
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")) or _is_address(host):
        return ""
    return host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdigit()
    return True
