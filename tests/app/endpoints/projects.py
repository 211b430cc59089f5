"""Projects, their members, labels and activity."""

from endpoints.entry import Endpoint

PROJECTS_TABLE: list[Endpoint] = []
