"""Where to go on from an answer, for the API's documents: OpenAPI's links.

They are found, not listed: what a create has made has a number, and each address that asks for that
number alone can be called next. A version that must be named goes along as the answer's ETag.
"""

from typing import Any

from core.api.etags import TAG

PLACE = {
    "schema": {"type": "string", "format": "uri"},
    "required": True,
    "description": "The address of what was made.",
}
VERSIONED = ("get", "patch")  # their answers have the tag that a change and a delete ask for


def document_links(result: Any, **_: Any) -> Any:
    """drf-spectacular's hook."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            links = dict(_made(result, path) if method == "post" else _next(methods, path, method))
            if links:
                answer = operation["responses"][min(operation["responses"])]  # when it goes well
                answer |= {"links": links, "headers": _headers(links, method=method)}
    return result


def _headers(links: Any, *, method: str) -> Any:
    """What the answer's head tells of them."""
    found = {"Location": PLACE} if method == "post" else {}
    if any("If-Match" in link["parameters"] for link in links.values()):
        found["ETag"] = {"schema": TAG, "required": True, "description": "Of this version."}
    return found


def _made(result: Any, path: str) -> Any:
    """From what a create at this address has made to all that can be done with it."""
    name = path.rstrip("/").rpartition("/")[2].removesuffix("s") + "_id"
    for other, methods in result["paths"].items():
        if other.count("{") == 1 and f"{{{name}}}" in other:
            for operation in methods.values():
                yield _link(operation, {name: "$response.body#/id"})


def _next(methods: Any, path: str, method: str) -> Any:
    """From a version that was read or written to the change and the delete of it."""
    if method in VERSIONED and "patch" in methods:
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        for other in ("patch", "delete"):
            yield _link(methods[other], {name: f"$request.path.{name}" for name in names})


def _link(operation: Any, parameters: dict[str, str]) -> tuple[str, Any]:
    asked = {each["name"] for each in operation.get("parameters", ())}
    tags = {"If-Match": "$response.header.ETag"} if "If-Match" in asked else {}
    name = operation["operationId"]
    return name, {"operationId": name, "parameters": {**parameters, **tags}}
