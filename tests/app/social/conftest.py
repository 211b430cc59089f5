"""A real provider, somebody whom it knows, and their browser."""

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
    """The provider, trusted or not, and what else is configured of it."""

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
    """Somebody whom the provider knows, with an address that it vouches for."""
    name = f"sub-{secrets.token_hex(4)}"
    idp.knows(name, email=f"{name}@Example.com", email_verified=True, name="Ada")
    return name


@pytest.fixture
def browser(known):
    return APIClient()
