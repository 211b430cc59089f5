"""What the service does is what its documents say: schemathesis calls every address of the schema.

It sends the documents' own examples, every border of every field, and what Hypothesis makes up:
valid and not. No answer may be 5xx, and each must have a status, a content type, headers and a body
that the documents know; what is valid must be taken, and what is not must be refused.
"""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck
from hypothesis import settings as given_settings
from schemathesis.config import SchemathesisConfig

from config.wsgi import application
from endpoints.world import World
from factories import PASSWORD, hashed
from references import name_what_is_there, refer_to_the_project

MADE_UP = 8  # requests for each address, beside examples and borders
# What may come of a request that the documents allow: it may be of another version of the row, and
# its key may be another request's.
TAKEN = ["2xx", "3xx", 401, 403, 404, 409, 412, 422]
# And of one that they do not allow. An ETag that cannot be one is of no version (412).
REFUSED = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428]


def documents():
    """The schema, as it is served."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(OpenApiJsonRenderer().render(made, renderer_context={}))


def loaded(*, mode="all"):
    """The schema as schemathesis knows it, for the service in this process.

    `mode` says which requests are made up: `positive` are those that the documents allow.
    """
    # Of the header and the cookie one is enough, which is more than "required or not" can say.
    generation = {"with-security-parameters": False, "mode": mode}
    checks = {
        "positive_data_acceptance": {"expected-statuses": TAKEN},
        "negative_data_rejection": {"expected-statuses": REFUSED},
        "missing_required_header": {"expected-statuses": [400, 401, 428]},
    }
    config = SchemathesisConfig.from_dict({"generation": generation, "checks": checks})
    schema = schemathesis.openapi.from_dict(documents(), config=config)
    schema.app = application
    return schema


schema = loaded()
pytestmark = pytest.mark.usefixtures("queue_left_empty")


@pytest.fixture
def world(db, settings):
    """A project with all that an address can name; its transaction stays open between requests."""
    hashed(PASSWORD)  # the factories keep it, for later tests too
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield World(public=False)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@given_settings(max_examples=MADE_UP, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_answers_as_documented(case, world):
    name_what_is_there(case, world)
    refer_to_the_project(case)
    with transaction.atomic():
        access = world.pair("owner").access
        headers = {"Authorization": f"Bearer {access}", "X-Forwarded-Proto": "https"}
        try:
            case.call_and_validate(headers=headers)
        finally:
            transaction.set_rollback(True)
