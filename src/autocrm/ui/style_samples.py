"""Made-up content of the style page; nothing else may read it."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from autocrm.ui.context import NavGroup, NavItem, Shell, ShellUrls, ShellUser, Workspace

PARTS = ("peek", "drawer", "editor", "palette", "jobs", "inbox")
KINDS = (("", "—"), ("customer", "Customer"), ("prospect", "Prospect"), ("lead", "Lead"))
TAGS = (("champion", "Champion"), ("renewal", "Renewal"), ("risk", "At risk"), ("fair", "Trade fair"))
CHANNELS = (("mail", "E-mail"), ("phone", "Phone"))


class Row(NamedTuple):
    """One line of the sample table."""

    id: str
    name: str
    company: str
    kind: str
    tone: str
    score: int
    due: str
    late: bool
    owner: str
    tag: str


ROWS = (
    Row(
        "1",
        "Priya Raman",
        "Kan-code",
        "Customer",
        "ok",
        92,
        "Today",
        late=False,
        owner="Darcel Schlecht",
        tag="Champion",
    ),
    Row(
        "2",
        "Tomás Ferreira",
        "Hottechi",
        "Customer",
        "ok",
        88,
        "26 Nov",
        late=False,
        owner="Vicki Laflamme",
        tag="Renewal",
    ),
    Row(
        "3",
        "Claire Beaumont",
        "Initech",
        "Prospect",
        "accent",
        81,
        "21 Nov",
        late=True,
        owner="Kary Hendrixson",
        tag="",
    ),
    Row("4", "Daniel Okafor", "Betatech", "Customer", "ok", 77, "27 Nov", late=False, owner="Cassey Cress", tag=""),
    Row(
        "5",
        "Mei Tanaka",
        "Ganjaflex",
        "Partner",
        "info",
        74,
        "1 Dec",
        late=False,
        owner="Donn Cantrell",
        tag="Reseller",
    ),
    Row("6", "Luca Moretti", "Genco Pura", "Customer", "ok", 71, "25 Nov", late=False, owner="Reed Clapper", tag=""),
    Row(
        "7",
        "Hannah Schmidt",
        "Newex",
        "Prospect",
        "accent",
        66,
        "Today",
        late=False,
        owner="Zane Levy",
        tag="Trade fair",
    ),
    Row(
        "8",
        "Ingrid Halvorsen",
        "Globex",
        "Customer",
        "ok",
        61,
        "19 Nov",
        late=True,
        owner="Darcel Schlecht",
        tag="At risk",
    ),
    Row("9", "Rafael Costa", "Nam-zim", "Lead", "warn", 38, "28 Nov", late=False, owner="Vicki Laflamme", tag=""),
    Row("10", "Amelia Brandt", "Goodsilron", "Prospect", "accent", 35, "", late=False, owner="Kary Hendrixson", tag=""),
    Row("11", "Yusuf Al-Masri", "Mathtouch", "Customer", "ok", 22, "30 Nov", late=False, owner="Elease Gluck", tag=""),
    Row("12", "Joanna Nowak", "Sunnamplex", "Vendor", "", 12, "3 Dec", late=False, owner="Rosie Papadopoulos", tag=""),
)

SHELL = Shell(
    workspace=Workspace(
        "Maven Hardware",
        others=(NavItem("Maven Hardware", "/", current=True), NavItem("Globex Corporation", "/")),
    ),
    nav=(
        NavGroup(
            "",
            (
                NavItem("Today", "/today/", "calendar-check", 9, key="t"),
                NavItem("Inbox", "/inbox/", "inbox", 3, key="i"),
            ),
        ),
        NavGroup(
            "Records",
            (
                NavItem("Leads", "#leads", "target-arrow", key="l"),
                NavItem("Contacts", "#contacts", "users", current=True, key="c"),
                NavItem("Companies", "#companies", "building"),
                NavItem("Opportunities", "#deals", "briefcase", key="d"),
                NavItem("Tasks", "#tasks", "checkbox"),
                NavItem("Workflows", "#workflows", "git-branch"),
                NavItem("Dashboards", "#dashboards", "chart-bar"),
            ),
        ),
        NavGroup(
            "Pinned views",
            (
                NavItem("Closing this month", "#a", dot="a"),
                NavItem("High engagement", "#b", dot="b"),
                NavItem("No next activity", "#c", dot="c"),
            ),
        ),
    ),
    user=ShellUser("style", "Ana Duarte", "ana@maven.example", (NavItem("Profile", "#profile", "user-circle"),)),
    unread=3,
    footer=(NavItem("Settings", "#settings", "settings"),),
    phone=(
        NavItem("Today", "#today", "calendar-check"),
        NavItem("Contacts", "#contacts", "users", current=True),
        NavItem("Deals", "#deals", "briefcase"),
    ),
    create=(
        NavItem("Contact", "?part=drawer", "user-plus", drawer=True),
        NavItem("Company", "?part=drawer", "building", drawer=True),
    ),
    urls=ShellUrls(palette="?part=palette", notifications="?part=inbox", jobs="?part=jobs", socket="", sign_out="#"),
)


def _operators(*pairs: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"id": name, "label": label, "value": value} for name, label, value in pairs]


_EMPTY = (("is_empty", "is empty", "none"), ("is_not_empty", "is not empty", "none"))
FILTER_SCHEMA: list[dict[str, Any]] = [
    {
        "id": "name",
        "label": "Name",
        "kind": "text",
        "operators": _operators(("contains", "contains", "text"), ("is", "is", "text"), *_EMPTY),
    },
    {
        "id": "score",
        "label": "Engagement",
        "kind": "number",
        "operators": _operators(("gte", "is at least", "number"), ("between", "is between", "range"), *_EMPTY),
    },
    {
        "id": "type",
        "label": "Type",
        "kind": "select",
        "options": [{"value": value, "label": label} for value, label in KINDS if value],
        "operators": _operators(("any_of", "is any of", "multi_select"), ("is", "is", "select"), *_EMPTY),
    },
    {
        "id": "follow_up",
        "label": "Follow-up",
        "kind": "date",
        "operators": _operators(
            ("before", "is before", "date"),
            ("this", "is in this", "rel"),
            ("in_last_n", "is in the last", "n_unit"),
            ("between", "is between", "range"),
            *_EMPTY,
        ),
    },
    {
        "id": "owner",
        "label": "Owner",
        "kind": "user",
        "options_url": "?part=options",
        "operators": _operators(
            ("is_me", "is me", "none"), ("is", "is", "user"), ("any_of", "is any of", "multi_select")
        ),
    },
]


def options(typed: str) -> list[dict[str, str]]:
    """People whose name contains what was typed, as a picker asks for them."""
    names = sorted({row.owner for row in ROWS})
    return [{"value": name, "label": name, "hint": "Sales"} for name in names if typed.lower() in name.lower()]


@lru_cache(maxsize=1)
def icon_names() -> tuple[str, ...]:
    """The names of the sprite's symbols that `ui` brings."""
    lines = (Path(__file__).parent / "icons.txt").read_text().splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
