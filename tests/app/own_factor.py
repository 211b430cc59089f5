"""Steps of the setup of a second factor."""

from typing import Any

from rest_framework.test import APIClient

from factories import PASSWORD

URL = "/api/v1/auth/"
HERE = f"{URL}second-factor/"
OFF = {"on": False, "since": None, "recovery_codes_left": 0, "demanded": False}


def login(user: Any, **more: Any) -> Any:
    """The response to a login with the right password."""
    return APIClient().post(f"{URL}login/", {"email": user.email, "password": PASSWORD, **more})


def client_of(answer: Any) -> APIClient:
    """A client with the tokens of an answer."""
    return APIClient(headers={"Authorization": f"Bearer {answer.json()['access']}"})


def begin(client: APIClient) -> str:
    """Begin the setup, and return the secret."""
    answer = client.post(f"{HERE}begin/", {"password": PASSWORD})
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    return str(answer.json()["secret"])


def confirm(client: APIClient, code: str) -> Any:
    """The response to a code of the new secret."""
    return client.post(f"{HERE}confirm/", {"code": code})


def state(client: APIClient) -> Any:
    """The state of the second factor."""
    return client.get(HERE).json()
