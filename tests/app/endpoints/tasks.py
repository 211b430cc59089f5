"""Tasks, and what hangs on them."""

from endpoints.entry import Endpoint

TASKS_TABLE: list[Endpoint] = []
