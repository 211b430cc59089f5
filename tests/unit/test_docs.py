"""The documents: links lead somewhere, and variables that they name exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.topology import PROJECT

DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]+)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
VARIABLES = PROJECT / "docs" / "operate" / "variables.md"
PREFIX = re.compile(r"prefixed\('([A-Z_]+)'\)")
ALIAS = re.compile(r"validation_alias='([A-Z_]+)'")
VARIABLE = re.compile(r"`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)`")


def links(document: Path) -> Iterator[tuple[str, str]]:
    """Each link that leaves for no other site: its file, and its anchor without the `#`."""
    for found in LINK.finditer(document.read_text()):
        if not found[1].startswith(("http:", "https:", "mailto:")):
            yield found[1], (found[2] or "").removeprefix("#")


def anchors(document: Path) -> set[str]:
    """The anchors that a document's headings make, as GitHub makes them."""
    kept = (re.sub(r"[^\w\- ]", "", text.lower()) for text in HEADING.findall(document.read_text()))
    return {text.replace(" ", "-") for text in kept}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: str(each.relative_to(PROJECT)))
def test_each_link_leads_somewhere(document: Path) -> None:
    for name, anchor in links(document):
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), f"{document.name} links to {name}, which does not exist"
        if anchor:
            assert anchor in anchors(target), f"{document.name}: {name} has no heading #{anchor}"


def test_some_links_are_looked_at() -> None:
    assert sum(1 for document in DOCUMENTS for _ in links(document)) > 40


def test_the_services_variables_and_their_documents_agree() -> None:
    there = service_variables()
    documents = [path.read_text() for path in (PROJECT / "docs" / "operate").glob("*.md")]
    named = set(VARIABLE.findall(VARIABLES.read_text()))
    assert len(named) > 30 and len(there) > 60
    elsewhere = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER"}
    files = {f"{name}_FILE" for name in there}
    assert {name for name in named - there - files - elsewhere if not name.startswith("_")} == set()
    text = "\n".join(documents)
    assert {name for name in there if not is_documented(name, text)} == set()


def service_variables() -> set[str]:
    """What the classes of the service's `config.environment` read."""
    modules = (PROJECT / "app" / "config" / "environment").glob("*.py")
    lines = [line for each in modules for line in ast.parse(each.read_text()).body]
    classes = {each.name: each for each in lines if isinstance(each, ast.ClassDef)}
    found = set()
    for name, each in classes.items():
        bases = [ast.unparse(base) for base in each.bases]
        if name == "RedisVariables" or not {"Section", "RedisVariables"} & set(bases):
            continue
        fields = [*each.body, *(classes[base] for base in bases if base in classes)]
        prefix = PREFIX.search(ast.unparse(each))
        for field in (line for part in fields for line in ast.walk(part)):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                alias = ALIAS.search(ast.unparse(field))
                own = f"{prefix[1] if prefix else ''}{field.target.id}".upper()
                found.add(alias[1] if alias else own)
    return found


def is_documented(name: str, text: str) -> bool:
    """Whether the documents name it: whole, as a file, or as the end of the name before it."""
    first, _, last = name.rpartition("_")
    forms = (f"`{name}`", f"`{name}_FILE`", f"`_{last}`", f"`_{last}_FILE`", f"{first}_…")
    return any(form in text for form in forms) and (first.split("_")[0] in text)
