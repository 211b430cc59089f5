"""Every address of the service x method: one table, for tests that ask the same of all of them.

A new address needs a line here (`test_endpoints` fails until it has one). Then its status for
every role, its queries and its documents are tested.
"""

from endpoints.accounts import ACCOUNTS_TABLE
from endpoints.entry import Endpoint
from endpoints.notes import NOTES_TABLE
from endpoints.pages import PAGES_TABLE
from endpoints.projects import PROJECTS_TABLE
from endpoints.tasks import TASKS_TABLE

ENDPOINTS: list[Endpoint] = [
    *(*PAGES_TABLE, *ACCOUNTS_TABLE, *PROJECTS_TABLE, *TASKS_TABLE, *NOTES_TABLE)
]
