"""Of every address: it is in the table, each role gets what it should, and it costs few queries."""

from collections import Counter
from contextlib import ExitStack

import pytest
from django.db import connections, transaction
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from endpoints import ENDPOINTS
from endpoints.entry import CALLERS, prepared
from endpoints.world import World
from health.middleware import HealthMiddleware
from idempotency.apis import IdempotentMixin

pytestmark = pytest.mark.usefixtures("queue_left_empty")
LIMIT = 4  # the user's is "fewer than five"
USUAL = 3
# By namespace: what has no entry, and why.
EXCEPTED = {"admin": "Django's own pages, with queries of Django's own; test_pages calls each."}
ADD = """
{missing} has no entry in the table of endpoints. Add to tests/app/endpoints/{file}.py (see its
neighbours there, and endpoints/entry.py for who may call and what a call can hold):
    Endpoint("{name}", "{method}", VIEWERS, 200, Call(args=lambda w: {{...}}))
Its status for each role and its queries are tested from then on. A whole domain is added as
docs/add-a-domain.md says."""


def addresses(patterns, *, within=()):
    """Every address of the URL map as (namespaces and name, view)."""
    for entry in patterns:
        if isinstance(entry, URLPattern):
            yield (*within, entry.name), entry.callback
        else:
            space = (entry.namespace,) if entry.namespace else ()
            yield from addresses(entry.url_patterns, within=(*within, *space))


def methods(view):
    """The methods that a view answers."""
    kind = getattr(view, "cls", None) or view.view_class
    allowed = getattr(view, "view_initkwargs", {}).get("http_method_names", kind.http_method_names)
    shared = {"options", "head", "trace"}
    return {name.upper() for name in allowed if name not in shared and hasattr(kind, name)}


def mapped():
    """Every (name, method) that there is to call."""
    probes = HealthMiddleware(get_response=None).probes
    found = {(path, "GET") for path in probes}
    for name, view in addresses(get_resolver().url_patterns):
        if name[0] not in EXCEPTED:
            found |= {(":".join(name), method) for method in methods(view)}
    return found


def test_every_address_is_in_the_table():
    listed = {(endpoint.name, endpoint.method) for endpoint in ENDPOINTS}
    there = mapped()
    assert {("home", "GET"), ("/metrics", "GET"), ("accounts:login", "POST")} <= there
    told = []
    for name, method in sorted(there - listed):
        file = name.split(":")[0] if ":" in name else "pages"
        told.append(ADD.format(missing=f"{method} {name}", file=file, name=name, method=method))
    assert not told, "\n".join(told)
    assert not listed - there, "these are in the table, and at no address"


def test_the_table_has_no_line_twice_and_no_exception_without_use():
    assert max(Counter(map(str, ENDPOINTS)).values()) == 1
    spaces = {name[0] for name, _ in addresses(get_resolver().url_patterns)}
    assert set(EXCEPTED) <= spaces


def test_a_line_of_more_queries_says_why():
    assert ENDPOINTS
    for endpoint in ENDPOINTS:
        assert endpoint.most <= LIMIT, endpoint
        assert endpoint.most <= USUAL or len(endpoint.because) > 20, endpoint


class Count:
    """Counts the statements of what happens inside it, on every connection."""

    def __init__(self):
        self.statements = []

    def __enter__(self):
        self._open = ExitStack()
        for connection in connections.all():
            self._open.enter_context(connection.execute_wrapper(self._count))
        return self.statements

    def __exit__(self, *error):
        self._open.close()

    def _count(self, execute, sql, params, many, context):
        # A test runs in a transaction, so that the service's own are savepoints here only.
        if "SAVEPOINT" not in sql:
            self.statements.append(sql)
        return execute(sql, params, many, context)


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_it_costs_few_queries(endpoint):
    call = prepared(endpoint, World(public=False), endpoint.least())
    with Count() as statements:
        answer = call()
    assert answer.status_code == endpoint.ok, answer.content
    assert len(statements) <= endpoint.most, "\n".join(statements)


def creates_once(endpoint):
    """Whether the address takes an Idempotency-Key."""
    found = addresses(get_resolver().url_patterns)
    views = {":".join(name): view for name, view in found if name[0] not in EXCEPTED}
    kind = getattr(views.get(endpoint.name), "cls", object)
    return endpoint.method == "POST" and issubclass(kind, IdempotentMixin)


ONCE = [endpoint for endpoint in ENDPOINTS if creates_once(endpoint)]


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", ONCE, ids=str)
def test_with_a_key_it_stays_below_the_limit_and_again_costs_one(endpoint):
    call = prepared(endpoint, World(public=False), endpoint.least(), key="once")
    # A key costs two: its claim, and its answer.
    for most, replayed in ((LIMIT, None), (1, "true")):
        with Count() as statements:
            answer = call()
        assert answer.status_code == endpoint.ok, answer.content
        assert answer.headers.get("Idempotent-Replayed") == replayed
        assert len(statements) <= most, "\n".join(statements)


def asked(endpoint, world, caller):
    """The status that a caller gets; nothing of what the call did stays in the database."""
    call = prepared(endpoint, world, caller)
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer.status_code


@pytest.mark.django_db
@pytest.mark.parametrize("public", [False, True], ids=["private", "public"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_every_role_gets_what_it_should(endpoint, public):
    world = World(public=public)
    found = {caller: asked(endpoint, world, caller) for caller in CALLERS}
    assert found == {caller: endpoint.expected(caller, public=public) for caller in CALLERS}
