"""The entry for a rehearsal server.

`pyinfra playbooks/inventory.py playbooks/phases/rehearsal.py`
"""

from playbooks.server import ready_for_releases

ready_for_releases()
