"""Probes, pages, and the two small parts that the smoke checks use: notes and echo."""

from uuid import UUID

from endpoints.entry import CALLERS, EVERYBODY, OK, Call, Endpoint
from operators import MAY_READ_METRICS, SMOKE

ECHO = UUID(int=7)
# Who has the token: test_echo and test_metrics ask without it. A user's token is another one.
PROMETHEUS = Call(headers=lambda w: MAY_READ_METRICS)
WITH_THE_TOKEN = {caller: OK if caller == "anonymous" else 404 for caller in CALLERS}

PAGES_TABLE = [
    Endpoint("/health/live", "GET", EVERYBODY),
    Endpoint("/health/ready", "GET", EVERYBODY),
    Endpoint("/health/version", "GET", EVERYBODY),
    Endpoint("/metrics", "GET", WITH_THE_TOKEN, call=PROMETHEUS),
    Endpoint("home", "GET", EVERYBODY, 302),
    Endpoint("api-index", "GET", EVERYBODY),
    Endpoint("schema", "GET", EVERYBODY),
    Endpoint("docs", "GET", EVERYBODY),
    Endpoint("redoc", "GET", EVERYBODY),
    Endpoint(
        *("echo:create", "POST", EVERYBODY, 202),
        Call(body=lambda w: {"text": "Hello"}, headers=lambda w: SMOKE),
    ),
    Endpoint(
        *("echo:detail", "GET", EVERYBODY),
        call=Call(args=lambda w: {"echo_id": ECHO}, headers=lambda w: SMOKE),
    ),
]
