"""What a page wants to load, and whether its own Content-Security-Policy lets it.

As much of CSP level 3 as says whether a page has its own styles and scripts and can send its
forms; what a script does later only a browser can tell.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

DIGESTS = ("sha256", "sha384", "sha512")


@dataclass
class Wanted:
    """One thing that a page wants: an address, or a text that stands in the page itself."""

    directive: str
    address: str = ""
    text: str = ""
    nonce: str = ""

    def __str__(self) -> str:
        return f"{self.directive}: {self.address or 'inline: ' + self.text.strip()[:60]}"


@dataclass
class Page(HTMLParser):
    """Reads a page of `address` and keeps what it wants."""

    address: str
    wanted: list[Wanted] = field(default_factory=list)
    _open: Wanted | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A style sheet, a script, a form, or a style at an element."""
        given = {name: value or "" for name, value in attrs}
        if given.get("style"):
            self.wanted.append(Wanted("style-src", text=given["style"]))
        if tag == "form":
            self._want("form-action", given.get("action", ""), given)
        elif tag == "link" and "stylesheet" in given.get("rel", "").lower().split():
            self._want("style-src", given.get("href", ""), given)
        elif tag == "script" and given.get("src"):
            self._want("script-src", given["src"], given)
        elif tag == "style" or (tag == "script" and "json" not in given.get("type", "")):
            self._open = Wanted(f"{tag}-src", nonce=given.get("nonce", ""))

    def handle_data(self, data: str) -> None:
        """The text of a style or a script."""
        if self._open is not None:
            self._open.text += data

    def handle_endtag(self, tag: str) -> None:
        """The end of a style or a script."""
        if self._open is not None and f"{tag}-src" == self._open.directive:
            self.wanted.append(self._open)
            self._open = None

    def _want(self, directive: str, address: str, given: dict[str, str]) -> None:
        whole = urljoin(self.address, address)
        self.wanted.append(Wanted(directive, address=whole, nonce=given.get("nonce", "")))

    def own(self) -> Iterator[Wanted]:
        """The style sheets and scripts of the page's own site."""
        for wanted in self.wanted:
            if wanted.directive != "form-action" and _site(wanted.address) == _site(self.address):
                yield wanted


def wanted_by(html: str, *, address: str) -> Page:
    """What the page at `address` wants."""
    page = Page(address)
    page.feed(html)
    page.close()
    return page


def blocked(page: Page, *, policies: list[str]) -> list[str]:
    """What one of the policies (each a header's text) does not allow."""
    found = []
    for policy in policies:
        directives = {
            words[0].lower(): words[1:]
            for part in policy.replace(",", ";").split(";")
            if (words := part.split())
        }
        for wanted in page.wanted:
            fallback = None if wanted.directive == "form-action" else directives.get("default-src")
            sources = directives.get(wanted.directive, fallback)
            if sources is not None and not _allows(sources, wanted, page=page.address):
                found.append(f"{wanted} (by {wanted.directive} {' '.join(sources)})")
    return found


def _allows(sources: list[str], wanted: Wanted, *, page: str) -> bool:
    if wanted.nonce and f"'nonce-{wanted.nonce}'" in sources:
        return True
    if wanted.address:
        return any(_matches(source, wanted.address, page=page) for source in sources)
    exact = {source for source in sources if source.startswith(("'nonce-", "'sha"))}
    if "'unsafe-inline'" in sources and not exact:
        return True
    text = wanted.text.encode()
    hashes = {
        f"'{name}-{base64.b64encode(hashlib.new(name, text).digest()).decode()}'"
        for name in DIGESTS
    }
    return bool(hashes & exact)


def _matches(source: str, address: str, *, page: str) -> bool:
    asked = urlsplit(address)
    if source == "'self'":
        return _site(address) == _site(page)
    if source == "*":
        return asked.scheme in ("http", "https")
    if source.endswith(":"):
        return source == f"{asked.scheme}:"
    scheme, _, rest = source.rpartition("://")
    host, _, path = rest.partition("/")
    name, _, port = host.partition(":")
    named = asked.hostname or ""
    fits = named.endswith(name[1:]) if name.startswith("*.") else named == name
    ports = port in ("", "*", str(asked.port or {"http": 80, "https": 443}.get(asked.scheme)))
    return fits and ports and scheme in ("", asked.scheme) and asked.path.startswith(f"/{path}")


def _site(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
