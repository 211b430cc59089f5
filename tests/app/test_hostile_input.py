"""No input is an error of the service: of every address, whatever is sent, no status from 500 on.

A 503 counts too: it says that a part is unavailable, and would page an operator.
"""

import json
import zlib

import pytest
import requests
from rest_framework.test import APIClient

from core.api.strict_input import UNKNOWN
from endpoints import ENDPOINTS
from endpoints.world import World
from hostile import BODIES, CHARSETS, CURSORS, ENCODED, HEADERS, NAMES, VALUES
from operators import SMOKE
from processes import EDGE, served

pytestmark = [pytest.mark.usefixtures("quick_passwords", "queue_left_empty"), pytest.mark.django_db]
GETS = [each for each in ENDPOINTS if each.method == "GET" and not each.name.startswith("/")]
WITH_BODY = [each for each in ENDPOINTS if each.call.body is not None]
PAGES = ("cursor", "page_size")
LISTS = {
    **dict.fromkeys(
        ("notes:list", "tasks:comments", "tasks:attachments", "projects:activity"), PAGES
    ),
    "projects:public": PAGES,
    "projects:list": ("q", "archived", "role", "ordering", *PAGES),
    "tasks:list": NAMES,
}
CHANGES = [each for each in ENDPOINTS if each.method != "GET"]


class Quiet(World):
    """Its clients turn an unexpected exception into the 500 that a real client would get."""

    def client(self, caller: str) -> APIClient:
        client = super().client(caller)
        client.raise_request_exception = False
        return client


class Sent:
    """Sends variants of one valid request and collects those that fail the service."""

    def __init__(self, endpoint):
        self.endpoint, self.world = endpoint, Quiet(public=False)
        self.caller = endpoint.least()
        self.client, self.path = self.world.client(self.caller), endpoint.path(self.world)
        self.given = dict(endpoint.call.headers(self.world))
        self.failed, self.statuses = {}, []

    def body(self):
        return {} if self.endpoint.call.body is None else self.endpoint.call.body(self.world)

    def send(self, name, *, body=None, path=None, headers=None):
        content = {"Content-Type": "application/json", **self.given, **(headers or {})}
        kind = content.pop("Content-Type")
        data = json.dumps(self.body()) if body is None else body
        answer = self.client.generic(
            self.endpoint.method, path or self.path, data, content_type=kind, headers=content
        )
        self.statuses.append(answer.status_code)
        if answer.status_code >= 500:
            self.failed[name] = (answer.status_code, answer.content[:200])
        elif answer.status_code >= 400:
            assert answer["Content-Type"].startswith(
                ("application/problem+json", "text/html")
            ), name


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=str)
def test_no_value_of_a_field_is_an_error_of_the_service(endpoint):
    sent = Sent(endpoint)
    fields = sent.body()
    for field in fields:
        for name, value in VALUES.items():
            text = json.dumps({**fields, field: "@value"}).replace('"@value"', value)
            sent.send(f"{field}: {name}", body=text.encode())
    assert not sent.failed and len(sent.statuses) >= len(VALUES)


@pytest.mark.parametrize("endpoint", CHANGES, ids=str)
def test_no_body_is_an_error_of_the_service(endpoint):
    sent = Sent(endpoint)
    for name, body in BODIES.items():
        sent.send(name, body=body)
        sent.send(f"{name}, with a key", body=body, headers={"Idempotency-Key": f"key-{len(name)}"})
    assert not sent.failed


@pytest.mark.parametrize("endpoint", GETS, ids=str)
def test_no_query_is_an_error_of_the_service(endpoint):
    sent = Sent(endpoint)
    path = sent.path.partition("?")[0]
    for name, value in ENCODED.items():
        all_at_once = "&".join(f"{field}={value}" for field in NAMES)
        sent.send(f"all: {name}", path=f"{path}?{all_at_once}")
    if endpoint.name in LISTS:
        of_a_list(sent, path)
    assert not sent.failed and sent.statuses


def of_a_list(sent, path):
    """Each parameter alone: a wrong one beside it would hide it."""
    for name, value in ENCODED.items():
        for field in LISTS[sent.endpoint.name]:
            sent.send(f"{field}: {name}", path=f"{path}?{field}={value}")
        sent.send(f"q by rank: {name}", path=f"{path}?q={value}&ordering=rank&cursor={value}")
    for name, value in CURSORS.items():
        sent.send(f"cursor: {name}", path=f"{path}?cursor={value}")
        sent.send(f"q and cursor: {name}", path=f"{path}?q=a&cursor={value}")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_no_header_is_an_error_of_the_service(endpoint):
    sent = Sent(endpoint)
    for name, headers in HEADERS.items():
        sent.send(name, headers=headers)
    assert not sent.failed


@pytest.mark.parametrize(
    "path", ["%ff%fe", "%00", "..%2f..%2fetc", "%ed%a0%80", "\u00e9" * 500, "%", "9" * 2_000]
)
def test_no_path_is_an_error_of_the_service(api, path):
    api.raise_request_exception = False
    for before in ("/", "/api/v1/tasks/", "/api/v1/auth/sessions/", "/admin/", "/health/"):
        for after in ("", "/"):
            assert api.get(before + path + after).status_code < 500, before


@pytest.mark.parametrize("name", ["surrogate key", "the same key twice", "not UTF-8", "UTF-16"])
def test_what_is_no_plain_json_is_refused_and_says_why(api, name):
    answer = api.generic(
        "POST", "/api/v1/auth/login/", BODIES[name], content_type="application/json"
    )
    assert answer.status_code == 400 and "JSON parse error" in answer.json()["detail"]
    assert "\\u" not in answer.json()["detail"], "nothing of the body is repeated"


@pytest.mark.django_db(transaction=True)
def test_a_charset_decides_nothing(tmp_path):
    """A charset is a codec to Python: `zlib` made a gigabyte of a body of a megabyte, and each of
    them made a 500 of any address with a query, before any code of ours.
    """
    packed = zlib.compress(b'{"title": "' + b"x" * 50_000_000 + b'"}')
    with served() as service:
        for name in CHARSETS:
            kind = {"Content-Type": f"application/json; charset={name}", **EDGE, **SMOKE}
            asked = {"headers": kind, "timeout": 20}
            found = requests.get(
                f"{service.address}/api/v1/projects/public/?page_size=1&x=%c3%a9", **asked
            )
            assert found.status_code == 400 and found.json()["errors"] == {"x": [UNKNOWN]}, name
            path = f"{service.address}/api/v1/notes/"
            assert requests.post(path, data='{"title": "\u00e9"}'.encode(), **asked).ok, name
            assert requests.post(path, data=packed, **asked).status_code == 400, name
