"""Who somebody is: below /api/v1/auth/."""

from accounts.auth.tokens import RefreshToken
from accounts.email.tokens import Registration, registration_token, reset_token
from endpoints.entry import ACCOUNTS, EVERYBODY, OK, Call, Endpoint
from factories import PASSWORD, app_code, begun, with_second_factor

NEW = "a fresh and long sentence"
NEWCOMER = Registration(email="newcomer@example.com", name="New")

# What belongs to the viewer alone: for everybody else it is not there.
MINE = {"anonymous": 401} | dict.fromkeys(("stranger", "staff", "editor", "owner"), 404)
MINE |= {"viewer": OK}


def everybody(world):
    """The accounts of all callers: an entry does not know who calls."""
    return (world.stranger, world.staff, world.viewer, world.editor, world.owner)


def begun_by_all(world):
    """What turns on a second factor that everybody has begun to set up."""
    for user in everybody(world):
        begun(user)
    return {"code": app_code()}


def on_for_all(world):
    """Both factors of everybody."""
    for user in everybody(world):
        with_second_factor(user)
    return {"password": PASSWORD, "code": app_code()}


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
    Endpoint("accounts:second-factor", "GET", ACCOUNTS),
    Endpoint(
        "accounts:second-factor-begin",
        "POST",
        ACCOUNTS,
        call=Call(body=lambda w: {"password": PASSWORD}),
    ),
    Endpoint(
        "accounts:second-factor-confirm",
        "POST",
        ACCOUNTS,
        call=Call(body=begun_by_all),
        most=4,
        because="the row's lock, the code's use, that it is on, and a mail, in one transaction",
    ),
    Endpoint("accounts:second-factor-recovery-codes", "POST", ACCOUNTS, call=Call(body=on_for_all)),
    Endpoint(
        "accounts:second-factor-off",
        "POST",
        ACCOUNTS,
        call=Call(body=on_for_all),
        most=4,
        because="the row's lock, the secret's end, that it is off, and a mail, in one transaction",
    ),
    # There is none unless it is configured; test_social asks a real one.
    Endpoint("accounts:social", "GET", EVERYBODY, 404, NOBODY),
    Endpoint("accounts:social-back", "GET", EVERYBODY, 404, NOBODY),
    Endpoint(
        "accounts:session",
        "DELETE",
        MINE,
        204,
        Call(
            args=lambda w: {"session_id": RefreshToken.decode(w.pair("viewer").refresh).session_id}
        ),
        in_public=MINE,
    ),
]
