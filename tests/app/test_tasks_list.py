"""The list of a project's tasks: filters, search, and every order with its cursor."""

from datetime import date

import pytest

from domains.tasks.cursors import Cursor
from domains.tasks.models import Task
from domains.tasks.serializers import TaskLine
from factories import ProjectFactory, UserFactory, seven_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return seven_tasks()


@pytest.fixture
def owner(as_user, project):
    return as_user(project.owner)


def tasks_of(project):
    return f"/api/v1/projects/{project.pk}/tasks/"


def numbers(answer):
    assert answer.status_code == 200, answer.content
    return [task["number"] for task in answer.json()["results"]]


def test_a_line_is_what_the_documented_serializer_writes(owner, project):
    found = owner.get(tasks_of(project)).json()
    assert found["next"] is found["previous"] is None
    tasks = Task.objects.filter(project=project).select_related("assignee").order_by("-id")
    expected = [dict(TaskLine(task).data) for task in tasks]
    for each in expected + found["results"]:
        each["labels"] = sorted(map(dict, each["labels"]), key=lambda label: label["name"])
    assert len(expected) == 7 and found["results"] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=doing", [5, 2]),
        ("priority=1&status=open", [4]),
        ("assignee={owner}", [6, 4, 2]),
        ("label={label}", [6, 5, 3, 2]),
        ("due_before=2026-01-02", [2, 1]),
        ("due_after=2026-01-01&due_before=2026-01-04", [6, 5, 3]),
        ("q=compost+-heaps", []),
        ("q=heap+2", [3]),
        ("q=%22", []),
        ("ordering=created_at&page_size=2", [1, 2]),
        ("format=json", [7, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_filters(owner, project, query, expected, django_assert_num_queries):
    names = {"owner": project.owner_id, "label": project.labels.order_by("id")[0].pk}
    # A search is a transaction: two statements for its savepoint in this test, and its time limit.
    searches = not query.startswith(("ordering", "format"))
    with django_assert_num_queries(4 if searches else 1):
        answer = owner.get(f"{tasks_of(project)}?{query.format(**names)}")
    assert numbers(answer) == expected


KEYS = {
    "created_at": lambda task: (task.pk,),
    "updated_at": lambda task: (task.updated_at, task.pk),
    "priority": lambda task: (task.priority, task.pk),
    "due": lambda task: (task.due or date.max, task.pk),
}


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", KEYS)
def test_each_order_can_be_walked_there_and_back(owner, project, name, sign):
    tasks = sorted(Task.objects.filter(project=project), key=KEYS[name], reverse=bool(sign))
    expected = [task.number for task in tasks]
    pages = walk(owner, f"{tasks_of(project)}?ordering={sign}{name}&page_size=2")
    assert pages == [expected[:2], expected[2:4], expected[4:6], expected[6:]]


def test_a_search_gives_the_best_first_and_can_be_walked(owner, project):
    pages = walk(owner, f"{tasks_of(project)}?q=compost&page_size=3")
    found = [number for page in pages for number in page]
    assert sorted(found) == list(range(1, 8)) and list(map(len, pages)) == [3, 3, 1]
    assert found.index(7) < found.index(1)
    back = walk(owner, f"{tasks_of(project)}?q=compost&ordering=rank&page_size=3")
    assert [number for page in back for number in page] == found[::-1]


def walk(client, address):
    """The pages' numbers to the end; the way back must be the same."""
    there, last = [], None
    while address:
        answer = client.get(address)
        there.append(numbers(answer))
        last, address = answer.json(), answer.json()["next"]
    back, address = [there[-1]], last["previous"]
    while address:
        answer = client.get(address)
        back.append(numbers(answer))
        address = answer.json()["previous"]
        assert answer.json()["next"]
    assert back[::-1] == there
    return there


def cursor(**fields):
    given = {"ordering": "-created_at", "key": "5", "id": 5, "backwards": False, **fields}
    return Cursor(**given).text()


@pytest.mark.parametrize(
    "query",
    [
        "cursor=nonsense",
        "cursor=%FF",
        "cursor=W10",
        f"cursor={cursor(ordering='due')}",
        f"cursor={cursor(key='x')}",
        f"cursor={cursor(key=str(2**64))}",
        f"cursor={cursor(id=-1)}",
        f"cursor={cursor(id='1')}",
        f"ordering=-priority&cursor={cursor(ordering='-priority', key='9')}",
        f"ordering=due&cursor={cursor(ordering='due', key='2026-13-01')}",
        f"q=a&cursor={cursor(ordering='-rank', key='nan')}",
        f"q=a&cursor={cursor(ordering='-rank', key='1e-300')}",
    ],
)
def test_a_cursor_that_is_none_of_ours_is_not_found(owner, project, query):
    assert owner.get(f"{tasks_of(project)}?{query}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0",
        "page_size=101",
        "page_size=%C2%B2",
        "status=x",
        "priority=9",
        "assignee=me",
        "label=-1",
        "due_before=soon",
        "ordering=title",
        "ordering=rank",
        "q=",
        "q=%00",
        "colour=red",
    ],
)
def test_a_wrong_query_is_refused(owner, project, query):
    answer = owner.get(f"{tasks_of(project)}?{query}")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {query.split("=")[0]}


def test_a_list_of_nothing_and_of_nowhere(owner, as_user):
    empty = ProjectFactory(is_public=True)
    client = as_user(UserFactory())
    for query in ("", "?page_size=5"):
        found = client.get(tasks_of(empty) + query).json()
        assert found == {"next": None, "previous": None, "results": []}
        assert owner.get(f"/api/v1/projects/{2**70}/tasks/{query}").status_code == 404
        private = ProjectFactory()
        assert client.get(tasks_of(private) + query).status_code == 404
