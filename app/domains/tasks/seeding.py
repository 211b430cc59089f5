"""Sample rows for tests and benchmarks: hundreds of thousands, the same for the same seed.

Everything goes through COPY, in one transaction: a run that fails leaves nothing, and a second run
with the same seed finds its rows and adds nothing.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from domains.projects.models import Role
from domains.tasks.models import Priority, Status

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 400
WORDS = (
    *("water", "turn", "mend", "paint", "count", "move", "write", "measure", "plant", "sharpen"),
    *("compost", "shed", "fence", "ladder", "gate", "bed", "hose", "greenhouse", "path", "roof"),
    *("early", "again", "before rain", "together", "by hand", "for spring", "at last", "slowly"),
)
NAMES = ("Ada", "Bo", "Cleo", "Dan", "Eve", "Finn", "Gil", "Hana", "Ivo", "June", "Kai", "Lea")
LABELS = ("soil", "tools", "paint", "wood", "water", "seeds", "repair", "buy", "idea", "later")
MEMBERS, LABELS_ON_TASK = 8, 3
TABLES = (
    *("accounts_user", "projects_project", "projects_membership"),
    *("tasks_label", "tasks_task", "tasks_tasklabel"),
)
UNUSABLE = "!seeded"  # no password fits it


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much of each; `labels` are each project's."""

    users: int
    projects: int
    tasks: int
    labels: int
    seed: int

    def email(self, number: int) -> str:
        """The e-mail address of an account."""
        return f"seed-{self.seed}-{number}@example.com"


def seed(amount: Amount, *, password: str | None = None) -> bool:
    """Add the rows; False when this seed's are there already. The first account gets the password,
    and owns the first project.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a million rows take as long as they do
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('seed'), %s)", [amount.seed])
        cursor.execute("SELECT 1 FROM accounts_user WHERE email = %s", [amount.email(0)])
        if cursor.fetchone():
            return False
        _Seeding(amount, cursor=cursor, password=password).add_all()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")
    return True


class _Seeding:
    def __init__(self, amount: Amount, *, cursor: Any, password: str | None) -> None:
        self.amount, self.cursor, self.password = amount, cursor, password
        self.random = random.Random(amount.seed)
        self.users = self._ids("accounts_user", amount.users)
        self.projects = self._ids("projects_project", amount.projects)
        self.labels = self._ids("tasks_label", amount.projects * amount.labels)
        self.tasks = self._ids("tasks_task", amount.tasks)

    def add_all(self) -> None:
        """In the order of their references."""
        self._copy("accounts_user", USER, self._user_rows())
        self._copy("projects_project", PROJECT, self._project_rows())
        self._copy("projects_membership", MEMBERSHIP, self._member_rows())
        self._copy("tasks_label", LABEL, self._label_rows())
        self._copy("tasks_task", TASK, self._task_rows())
        self._copy("tasks_tasklabel", ("task_id", "label_id"), self._task_label_rows())

    def _ids(self, table: str, count: int) -> list[int]:
        sequence = "pg_get_serial_sequence(%s, 'id')"
        self.cursor.execute(
            f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [table, count]
        )
        return [row[0] for row in self.cursor.fetchall()]

    def _copy(self, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
        with self.cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _moment(self) -> datetime:
        return BEGAN + timedelta(seconds=self.random.randrange(DAYS * 86_400))

    def _words(self, count: int) -> str:
        return " ".join(self.random.choices(WORDS, k=count)).capitalize()

    def _user_rows(self) -> Iterator[tuple[Any, ...]]:
        first = make_password(self.password) if self.password else UNUSABLE
        for place, number in enumerate(self.users):
            name = f"{NAMES[place % len(NAMES)]} {place}"
            kept = UNUSABLE if place else first
            email = self.amount.email(place)
            yield number, email, name, kept, True, False, False, BEGAN, BEGAN

    def _project_rows(self) -> Iterator[tuple[Any, ...]]:
        share, rest = divmod(self.amount.tasks, self.amount.projects)
        for place, number in enumerate(self.projects):
            owner = self.users[place % len(self.users)]
            last, public = share + (place < rest), place % 10 == 9
            slug = f"seed-{self.amount.seed}-{place}"
            yield number, owner, f"Garden {place}", slug, self._words(12), public, False, last

    def _member_rows(self) -> Iterator[tuple[Any, ...]]:
        for place, project in enumerate(self.projects):
            for step in range(min(MEMBERS, len(self.users))):
                user = self.users[(place + step) % len(self.users)]
                role = Role.OWNER if not step else (Role.EDITOR, Role.VIEWER)[step % 2]
                yield project, user, role.value

    def _label_rows(self) -> Iterator[tuple[Any, ...]]:
        for (project, place), number in zip(
            product(self.projects, range(self.amount.labels)), self.labels, strict=True
        ):
            name = LABELS[place % len(LABELS)] + (f" {place}" if place >= len(LABELS) else "")
            yield number, project, name, f"#{self.random.randrange(2**24):06x}"

    def _task_rows(self) -> Iterator[tuple[Any, ...]]:
        states, priorities = Status.values, Priority.values
        for place, number in enumerate(self.tasks):
            which, count = place % len(self.projects), place // len(self.projects) + 1
            person = self.random.randrange(min(MEMBERS, len(self.users)) + 1)
            assignee = self.users[(which + person - 1) % len(self.users)] if person else None
            due = date(2026, 1, 1) + timedelta(days=self.random.randrange(DAYS))
            moment = self._moment()
            yield (
                *(number, self.projects[which], count, self._words(4), self._words(20)),
                *(self.random.choice(states), self.random.choice(priorities), assignee),
                *(self.users[which % len(self.users)], due if person else None, moment, moment),
            )

    def _task_label_rows(self) -> Iterator[tuple[Any, ...]]:
        each = self.amount.labels
        for place, number in enumerate(self.tasks):
            of_project = (place % len(self.projects)) * each
            chosen = self.random.sample(range(each), k=min(each, place % (LABELS_ON_TASK + 1)))
            for label in chosen:
                yield number, self.labels[of_project + label]


USER = (
    *("id", "email", "name", "password", "is_active", "is_staff", "is_superuser"),
    *("email_confirmed_at", "created_at"),
)
PROJECT = (
    *("id", "owner_id", "name", "slug", "description", "is_public", "archived"),
    "last_task",
)
MEMBERSHIP = ("project_id", "user_id", "role")
LABEL = ("id", "project_id", "name", "color")
TASK = (
    *("id", "project_id", "number", "title", "description", "status", "priority"),
    *("assignee_id", "author_id", "due", "created_at", "updated_at"),
)
