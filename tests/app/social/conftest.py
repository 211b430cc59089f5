"""A real OpenID provider, one of its users, and the user's browser."""

import secrets

import pytest
from rest_framework.test import APIClient

from accounts.social.provider import Provider
from provider import provider


@pytest.fixture(scope="module")
def idp():
    with provider() as running:
        yield running


@pytest.fixture
def known(idp, settings):
    """Configures the provider as trusted or not, and with other options."""

    def put(trusted=True, **more):
        one = Provider(
            name="one",
            issuer=idp.issuer,
            client_id="us",
            client_secret="canary-secret",
            trusted=trusted,
            **more,
        )
        settings.SOCIAL_PROVIDERS = {"one": one, "two": one}

    put()
    return put


@pytest.fixture
def sub(idp):
    """A user of the provider, with a verified address."""
    name = f"sub-{secrets.token_hex(4)}"
    idp.knows(name, email=f"{name}@Example.com", email_verified=True, name="Ada")
    return name


@pytest.fixture
def browser(known):
    return APIClient()
