"""OpenAPI links from a response to the requests that can follow it.

They are derived: a create returns an id, and every path whose only parameter is that id can be
called next. Where a request needs If-Match, the link passes the response's ETag on.
"""

from typing import Any

from core.api.etags import TAG

LOCATION = {
    "schema": {"type": "string", "format": "uri"},
    "required": True,
    "description": "The URL of the new resource.",
}
VERSIONED = ("get", "patch")  # their responses have the ETag that a change and a delete need


def document_links(result: Any, **_: Any) -> Any:
    """drf-spectacular's hook."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            links = dict(
                _links_of_create(result, path)
                if method == "post"
                else _links_of_version(methods, path, method)
            )
            if links:
                response = operation["responses"][min(operation["responses"])]  # of success
                response |= {"links": links, "headers": _headers(links, method=method)}
    return result


def _headers(links: Any, *, method: str) -> Any:
    """Return the response headers that the links use."""
    found = {"Location": LOCATION} if method == "post" else {}
    if any("If-Match" in link["parameters"] for link in links.values()):
        found["ETag"] = {
            "schema": TAG,
            "required": True,
            "description": "The ETag of this version.",
        }
    return found


def _links_of_create(result: Any, path: str) -> Any:
    """Yield the links from a create to the requests for the new resource."""
    name = path.rstrip("/").rpartition("/")[2].removesuffix("s") + "_id"
    for other, methods in result["paths"].items():
        if other.count("{") == 1 and f"{{{name}}}" in other:
            for operation in methods.values():
                yield _link(operation, {name: "$response.body#/id"})


def _links_of_version(methods: Any, path: str, method: str) -> Any:
    """Yield the links from a read or a change to the change and the delete of that version."""
    if method in VERSIONED and "patch" in methods:
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        for other in ("patch", "delete"):
            yield _link(methods[other], {name: f"$request.path.{name}" for name in names})


def _link(operation: Any, parameters: dict[str, str]) -> tuple[str, Any]:
    headers = {each["name"] for each in operation.get("parameters", ())}
    tags = {"If-Match": "$response.header.ETag"} if "If-Match" in headers else {}
    name = operation["operationId"]
    return name, {"operationId": name, "parameters": {**parameters, **tags}}
