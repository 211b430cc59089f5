"""Tasks as most people would write them: generic views, ModelSerializer, related rows fetched
together. What may be seen and what a create does is the same as in the service.
"""

from django.db import transaction
from django.db.models import F, Prefetch, Q
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import ListCreateAPIView, RetrieveAPIView
from rest_framework.pagination import CursorPagination

from accounts.models import User
from domains.projects.models import Activity, Project
from domains.tasks.models import Label, Task, TaskLabel

LABELS = Prefetch("labels", Label.objects.order_by("name"))


class PersonSerializer(serializers.ModelSerializer):
    """An account."""

    class Meta:
        """Its number and name."""

        model = User
        fields = ["id", "name"]


class LabelSerializer(serializers.ModelSerializer):
    """A label."""

    class Meta:
        """All but its project."""

        model = Label
        fields = ["id", "name", "color"]


class TaskLineSerializer(serializers.ModelSerializer):
    """A task in a list."""

    assignee = PersonSerializer(read_only=True)
    labels = LabelSerializer(many=True, read_only=True)

    class Meta:
        """The service's fields."""

        model = Task
        fields = [
            *("id", "project", "number", "title", "status", "priority", "assignee", "due"),
            *("labels", "version", "created_at", "updated_at"),
        ]


class TaskSerializer(TaskLineSerializer):
    """One task."""

    author = PersonSerializer(read_only=True)

    class Meta(TaskLineSerializer.Meta):
        """A line's fields, the text, and who wrote it."""

        fields = [*TaskLineSerializer.Meta.fields, "description", "author"]


class NewTaskSerializer(serializers.ModelSerializer):
    """What a new task is made from."""

    labels = serializers.PrimaryKeyRelatedField(
        many=True, queryset=Label.objects.all(), required=False
    )

    class Meta:
        """What may be given."""

        model = Task
        fields = ["title", "description", "status", "priority", "assignee", "due", "labels"]

    def validate_labels(self, labels):
        """Only the project's own."""
        if any(label.project_id != self.context["project"].pk for label in labels):
            raise serializers.ValidationError("The project has no such label.")
        return labels

    def validate_assignee(self, user):
        """Only a member."""
        if user and not self.context["project"].memberships.filter(user=user).exists():
            raise serializers.ValidationError("Nobody of this number is a member of the project.")
        return user

    def create(self, validated_data):
        """The task, then its labels: they have a table of their own."""
        labels = validated_data.pop("labels", [])
        task = Task.objects.create(**validated_data)
        TaskLabel.objects.bulk_create(TaskLabel(task=task, label=label) for label in labels)
        return task

    def to_representation(self, task):
        """The new task as a detail."""
        return TaskSerializer(task).data


class NewestFirst(CursorPagination):
    """25 rows."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = "-id"


def role_in(project, user):
    """The role of a member; None for others."""
    membership = project.memberships.filter(user=user).first()
    return membership.role if membership else None


class TaskList(ListCreateAPIView):
    """The tasks of a project, and a new one."""

    pagination_class = NewestFirst

    def get_serializer_class(self):
        """By what is asked for."""
        return NewTaskSerializer if self.request.method == "POST" else TaskLineSerializer

    def get_project(self, *roles):
        """The project, when who asks may see it, and has one of the roles."""
        project = Project.objects.filter(pk=self.kwargs["project_id"]).first()
        role = project and role_in(project, self.request.user)
        if project is None or not (project.is_public or role):
            raise NotFound
        if roles and role not in roles:
            raise PermissionDenied
        return project

    def get_queryset(self):
        """With all that a line shows."""
        tasks = Task.objects.filter(project=self.get_project()).defer("search", "description")
        return tasks.select_related("assignee").prefetch_related(LABELS)

    def get_serializer_context(self):
        """With the project, for a create."""
        context = super().get_serializer_context()
        if self.request.method == "POST":
            context["project"] = self.get_project("editor", "owner")
        return context

    @transaction.atomic
    def perform_create(self, serializer):
        """The project's next number, the task, and what is told of it."""
        project = serializer.context["project"]
        Project.objects.filter(pk=project.pk).update(last_task=F("last_task") + 1)
        project.refresh_from_db(fields=["last_task"])
        number, user = project.last_task, self.request.user
        task = serializer.save(project=project, number=number, author=user)
        task.refresh_from_db()
        Activity.objects.create(
            project=project,
            actor=user,
            verb="created",
            subject="task",
            subject_id=task.pk,
            data={"number": number},
        )


class TaskDetail(RetrieveAPIView):
    """One task."""

    serializer_class = TaskSerializer

    def get_queryset(self):
        """Only what who asks may see."""
        mine = Q(project__memberships__user=self.request.user) | Q(project__is_public=True)
        tasks = Task.objects.filter(mine).distinct().defer("search")
        return tasks.select_related("assignee", "author").prefetch_related(LABELS)
