"""Makes what tests need."""

import time
from datetime import date, timedelta
from functools import cache

import factory
from django.contrib.auth.hashers import get_hasher, make_password
from django.utils import timezone
from pyotp import TOTP

from accounts.mfa.codes import digest
from accounts.mfa.encryption import encrypt
from accounts.models import SecondFactor, User
from domains.notes.models import Note
from domains.projects.models import Membership, Project, Role
from domains.tasks.models import Attachment, Comment, Label, Priority, Status, Task, TaskLabel

FIRST = date(2026, 1, 1)  # the first day that a task of `seven_tasks` is due


# What an authenticator app and `with_second_factor` have in common.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RECOVERY = "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"
PASSWORD = "correct horse battery staple"


def hashed(password: str) -> str:
    """The password as the table keeps it, by the hasher that comes first in the settings."""
    return _hashed(password, get_hasher().algorithm)


@cache
def _hashed(password: str, algorithm: str) -> str:
    """Made once, since a good hash is slow."""
    return make_password(password, hasher=algorithm)


class UserFactory(factory.django.DjangoModelFactory):
    """An account with a confirmed address; its password is PASSWORD."""

    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"person{number}@example.com")
    name = factory.Faker("name")
    email_confirmed_at = factory.LazyFunction(timezone.now)
    password = factory.LazyFunction(lambda: hashed(PASSWORD))


class NoteFactory(factory.django.DjangoModelFactory):
    """A note with a title and a text of its own."""

    class Meta:
        model = Note

    owner = factory.SubFactory(UserFactory)
    title = factory.Faker("sentence", nb_words=4)
    body = factory.Faker("paragraph")


def begun(user):
    """Gives a user a secret that is not confirmed."""
    secret = {"secret": encrypt(SECRET, owner=user.pk), "last_step": 0, "recovery": []}
    return SecondFactor.objects.update_or_create(user=user, defaults=secret)[0]


def with_second_factor(user, *, recovery=(RECOVERY,)):
    """Turns a second factor on for a user."""
    factor = begun(user)
    factor.recovery = [digest(code) for code in recovery]
    factor.save()
    user.second_factor_at = timezone.now()
    user.save(update_fields=["second_factor_at"])
    return user


def app_code(secret=SECRET, *, steps=0):
    """What an authenticator app shows now, or so many steps from now."""
    return TOTP(secret).generate_otp(int(time.time()) // 30 + steps)


class ProjectFactory(factory.django.DjangoModelFactory):
    """A private project with its owner, who is a member too."""

    class Meta:
        model = Project
        skip_postgeneration_save = True

    owner = factory.SubFactory(UserFactory)
    name = factory.Faker("sentence", nb_words=3)
    slug = factory.Sequence(lambda number: f"project-{number}")

    @factory.post_generation
    def membership(self, create, extracted, **kwargs):
        """The owner's role."""
        if create:
            member(self, self.owner, Role.OWNER)


def member(project, user, role):
    """Gives a user a role in a project."""
    return Membership.objects.create(project=project, user=user, role=role)


class LabelFactory(factory.django.DjangoModelFactory):
    """A label of a project."""

    class Meta:
        model = Label

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence(lambda number: f"label {number}")


class TaskFactory(factory.django.DjangoModelFactory):
    """A task; `labelled` gives it labels."""

    class Meta:
        model = Task
        skip_postgeneration_save = True

    project = factory.SubFactory(ProjectFactory)
    number = factory.Sequence(lambda number: number + 1)
    title = factory.Faker("sentence", nb_words=5)
    description = factory.Faker("paragraph")
    author = factory.SelfAttribute("project.owner")

    @factory.post_generation
    def labelled(self, create, extracted, **kwargs):
        """Its labels."""
        TaskLabel.objects.bulk_create(
            TaskLabel(task=self, label=label) for label in extracted or ()
        )


class CommentFactory(factory.django.DjangoModelFactory):
    """A comment on a task."""

    class Meta:
        model = Comment

    task = factory.SubFactory(TaskFactory)
    author = factory.SelfAttribute("task.author")
    body = factory.Faker("paragraph")


class AttachmentFactory(factory.django.DjangoModelFactory):
    """What is known of a file that belongs to a task."""

    class Meta:
        model = Attachment

    task = factory.SubFactory(TaskFactory)
    author = factory.SelfAttribute("task.author")
    name = factory.Sequence(lambda number: f"plan-{number}.pdf")
    size = 2048
    content_type = "application/pdf"
    checksum = factory.Sequence(lambda number: f"{number:064x}")


def seven_tasks():
    """A project whose tasks differ in all that a list is filtered and ordered by."""
    project = ProjectFactory(last_task=7)
    labels = LabelFactory.create_batch(2, project=project)
    for place in range(7):
        TaskFactory(
            project=project,
            number=place + 1,
            title=f"Compost {'compost ' * place}heap {place}",
            description="Beds",
            status=Status.values[place % 3],
            priority=Priority.values[place % 2],
            assignee=project.owner if place % 2 else None,
            due=FIRST + timedelta(days=place // 2) if place != 3 else None,
            labelled=labels[: place % 3],
        )
    later = timezone.now()
    for place, task in enumerate(Task.objects.order_by("-id")):
        Task.objects.filter(pk=task.pk).update(updated_at=later + timedelta(seconds=place // 2))
    TaskFactory(title="Compost of another project")
    return project
