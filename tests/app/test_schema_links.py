"""The documents' links hold: what one answer gives is what the next request asks for.

schemathesis makes up ways through them, from a project to all that can be made in it, changed and
deleted. No answer on a way may be 5xx or other than documented, what was just made must be there,
and what was deleted must not be.
"""

from collections import Counter
from itertools import count

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as given_settings
from hypothesis.stateful import run_state_machine_as_test
from rest_framework.test import APIClient

from endpoints.world import World
from references import name_what_is_free, name_what_is_there, refer_to_the_project
from test_schema import loaded

WAYS, STEPS = 30, 12
MADE = ("projects_create", "projects_labels_create", "tasks_create", "tasks_comments_create")


def linked():
    """The schema with the links that it has, and none that could be guessed."""
    given = loaded(mode="positive").exclude(path_regex="/(notes|echo)/")
    given.config.phases.stateful.inference.algorithms.clear()
    # It costs two more requests for each one, and test_schema asks it.
    given.config.checks.ignored_auth.enabled = False
    return given


def after(address, headers):
    """What comes of all that can be done with what was deleted.

    A change without a body is left out: where input is checked before the row is looked for, it is
    400 for every caller.
    """
    client = APIClient(headers={**headers, "If-Match": '"1"'})
    methods = set(client.options(address)["Allow"].lower().split(", ")) - {"options", "patch"}
    return {getattr(client, name)(address).status_code for name in methods}


def ways():
    """The ways, and how often a request on them had what answer."""
    found = Counter()

    class Ways(linked().as_state_machine()):
        def setup(self):
            """Each way is an account's own: what it does must not depend on the ways before."""
            self.world, self.numbers = World(public=False), count()
            token = self.world.pair("owner").access
            self.headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}

        def step(self, given):
            if given.transition is None:  # a way begins: no link has told what is there
                name_what_is_there(given.case, self.world)
            refer_to_the_project(given.case)
            name_what_is_free(given.case, number=next(self.numbers))
            return super().step(given)

        def call(self, case, **given):
            return case.call(headers=self.headers, **given)

        def validate_response(self, response, case, **given):
            operation = case.operation.definition.raw["operationId"]
            found[operation, response.status_code] += 1
            case.validate_response(response, headers=self.headers, recorder=self.recorder)
            if response.status_code == 204:
                assert after(case.formatted_path, self.headers) == {404}, case.formatted_path

    return Ways, found


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick_passwords", "queue_left_empty")
def test_every_way_through_the_links_holds():
    machine, found = ways()
    checks = list(HealthCheck)
    bounds = given_settings(
        max_examples=WAYS, stateful_step_count=STEPS, suppress_health_check=checks
    )
    run_state_machine_as_test(machine, settings=bounds)
    counts = dict(sorted(found.items()))
    for name in MADE:
        assert found[name, 201], counts
    for kind, status, least in (("detail", 200, 5), ("change", 200, 10), ("delete", 204, 10)):
        of_kind = [n for (name, told), n in counts.items() if (name[-6:], told) == (kind, status)]
        assert len(of_kind) >= 3 and sum(of_kind) >= least, counts
