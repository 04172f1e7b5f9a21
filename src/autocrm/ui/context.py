"""What the shell shows, as frozen data: `web` fills it in, the templates of `ui` read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, cast

Theme = Literal["system", "light", "dark"]
Density = Literal["cosy", "compact", "roomy"]
Rail = Literal["wide", "narrow"]

THEMES: tuple[Theme, ...] = ("system", "light", "dark")
DENSITIES: tuple[Density, ...] = ("cosy", "compact", "roomy")
RAILS: tuple[Rail, ...] = ("wide", "narrow")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link of the rail, the phone bar, a menu or the "+ New" list.

    `dot` (a, b or c) replaces the icon by a colour mark; `key` is the letter after `g`; `drawer` opens the url in the
    drawer.
    """

    label: str
    url: str
    icon: str = ""
    count: int | None = None
    current: bool = False
    dot: str = ""
    key: str = ""
    drawer: bool = False


class NavGroup(NamedTuple):
    """A labelled group of the rail; the first one has no label."""

    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class Workspace:
    """The tenant as the shell shows it; `others` are the places its person may switch to."""

    name: str
    url: str = "/"
    others: tuple[NavItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ShellUser:
    """The person who looks at the page."""

    id: str
    name: str
    email: str = ""
    menu: tuple[NavItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ShellUrls:
    """Where the browser's modules ask for what they show."""

    palette: str = "/palette/"
    notifications: str = "/notifications/"
    counts: str = "/notifications/counts/"
    jobs: str = "/jobs/"
    socket: str = "/ws/notifications/"
    sign_out: str = "/accounts/logout/"
    preferences: str = "/settings/profile/"


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything around the body of a signed-in page."""

    workspace: Workspace
    nav: tuple[NavGroup, ...]
    user: ShellUser
    unread: int = 0
    jobs: int = 0
    theme: Theme = "system"
    density: Density = "cosy"
    rail: Rail = "wide"
    footer: tuple[NavItem, ...] = ()
    phone: tuple[NavItem, ...] = ()
    create: tuple[NavItem, ...] = ()
    urls: ShellUrls = field(default_factory=ShellUrls)

    @property
    def phone_start(self) -> tuple[NavItem, ...]:
        """The phone bar's links before the "+"."""
        return self.phone[:2]

    @property
    def phone_end(self) -> tuple[NavItem, ...]:
        """The phone bar's link after the "+"; "More" follows it."""
        return self.phone[2:3]


class Appearance(NamedTuple):
    """How this browser wants the pages to look."""

    theme: Theme
    density: Density
    rail: Rail


def read_appearance(cookies: Mapping[str, str]) -> Appearance:
    """The look a browser chose, from the cookies its script sets; anything unknown falls back to the default."""
    theme, density, rail = cookies.get("theme"), cookies.get("density"), cookies.get("rail")
    return Appearance(
        cast("Theme", theme) if theme in THEMES else "system",
        cast("Density", density) if density in DENSITIES else "cosy",
        cast("Rail", rail) if rail in RAILS else "wide",
    )
