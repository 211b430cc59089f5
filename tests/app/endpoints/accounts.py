"""Who somebody is: below /api/v1/auth/."""

from factories import PASSWORD

from endpoints.entry import ACCOUNTS, EVERYBODY, Call, Endpoint

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
]
