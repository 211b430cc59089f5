"""A real OpenID provider on this machine, which demands PKCE, and can be made to lie."""

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import oidc_provider_mock
import requests
from oidc_provider_mock._server import _threaded_server


class Idp:
    """The provider, and a browser's way through it."""

    def __init__(self) -> None:
        self.challenges: dict[str, str] = {}
        self.issuer = ""

    def log_in(self, place: str, *, sub: str) -> dict[str, str]:
        """Log in there as somebody; what the browser brings back."""
        answer = requests.post(place, data={"sub": sub}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        found = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {name: values[0] for name, values in found.items()}

    def knows(self, sub: str, **claims: Any) -> None:
        """Have it say this of somebody."""
        answer = requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=5)
        assert answer.ok, answer.text


@contextmanager
def provider() -> Iterator[Idp]:
    """The provider on a port of its own. It has no PKCE itself: what is around it adds that."""
    app, idp = oidc_provider_mock.app(require_nonce=True), Idp()

    @app.before_request
    def _demand_verifier() -> Any:
        form = flask.request.form
        if flask.request.path != "/oauth2/token":
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        told = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if idp.challenges.get(form.get("code", "")) == told:
            return None
        return flask.jsonify({"error": "invalid_grant"}), 400

    @app.after_request
    def _remember_challenge(response: flask.Response) -> flask.Response:
        code = re.search(r"[?&]code=([^&]+)", response.headers.get("Location", ""))
        if code and flask.request.args.get("code_challenge_method") == "S256":
            idp.challenges[code.group(1)] = flask.request.args["code_challenge"]
        return response

    with _threaded_server(app, port=0) as server:
        idp.issuer = f"http://localhost:{server.server_port}"
        yield idp
