"""Who somebody is: below /api/v1/auth/."""

from accounts.mail_tokens import Newcomer, registration_token, reset_token
from accounts.tokens import Refresh
from factories import PASSWORD

from endpoints.entry import ACCOUNTS, EVERYBODY, OK, Call, Endpoint

NEW = "a fresh and long sentence"
NEWCOMER = Newcomer(email="newcomer@example.com", name="New")

# What belongs to the viewer alone: for everybody else it is not there.
MINE = {"anonymous": 401} | dict.fromkeys(("stranger", "staff", "editor", "owner"), 404)
MINE |= {"viewer": OK}

NOBODY = Call(args=lambda w: {"provider": "nobody"})

ACCOUNTS_TABLE = [
    Endpoint(
        "accounts:login",
        "POST",
        EVERYBODY,
        call=Call(body=lambda w: {"email": w.viewer.email, "password": PASSWORD}),
    ),
    Endpoint(
        "accounts:refresh",
        "POST",
        EVERYBODY,
        call=Call(body=lambda w: {"refresh": w.pair("viewer").refresh}),
    ),
    Endpoint(
        "accounts:logout",
        "POST",
        EVERYBODY,
        204,
        Call(body=lambda w: {"refresh": w.pair("viewer").refresh}),
    ),
    Endpoint("accounts:logout-everywhere", "POST", ACCOUNTS, 204),
    Endpoint("accounts:me", "GET", ACCOUNTS),
    Endpoint(
        "accounts:register",
        "POST",
        EVERYBODY,
        202,
        Call(body=lambda w: {"email": "newcomer@example.com"}),
    ),
    Endpoint(
        "accounts:register-confirm",
        "POST",
        EVERYBODY,
        201,
        Call(body=lambda w: {"token": registration_token(NEWCOMER), "password": NEW}),
    ),
    Endpoint(
        "accounts:password",
        "POST",
        ACCOUNTS,
        call=Call(body=lambda w: {"current": PASSWORD, "password": NEW}),
    ),
    Endpoint("accounts:reset", "POST", EVERYBODY, 202, Call(body=lambda w: {"email": "a@b.cd"})),
    Endpoint(
        "accounts:reset-confirm",
        "POST",
        EVERYBODY,
        204,
        Call(body=lambda w: {"token": reset_token(w.viewer), "password": NEW}),
    ),
    Endpoint("accounts:sessions", "GET", ACCOUNTS),
    # There is none unless it is configured; test_social asks a real one.
    Endpoint("accounts:social", "GET", EVERYBODY, 404, NOBODY),
    Endpoint("accounts:social-back", "GET", EVERYBODY, 404, NOBODY),
    Endpoint(
        "accounts:session",
        "DELETE",
        MINE,
        204,
        Call(args=lambda w: {"session_id": Refresh(w.pair("viewer").refresh).session}),
        in_public=MINE,
    ),
]
