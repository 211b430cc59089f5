"""What ends cached answers. Services call `EVENT.happened(of=project_id)` beside their write."""

from core.cache.cached import Event

# Anything that a list of a project's tasks shows: tasks, their labels, a label's name.
TASKS = Event("tasks")
# Who may see a project: its members, whether it is public, whether it is there.
ACCESS = Event("access")
# What the list of public projects shows; of no project, since the list is one for all.
PUBLIC = Event("public")
