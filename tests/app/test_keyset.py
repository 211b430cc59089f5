"""Pages in an order that rows share: each row once, forwards and back, whatever is made up."""

from base64 import b64encode

import pytest

from domains.projects.models import Project
from factories import ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"
ONE_TIME = "2026-01-01T00:00:00Z"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(as_user, user):
    for _ in range(7):
        ProjectFactory(owner=user)
    return as_user(user)


def walk(client, address, *, way):
    """The ids of each page from an address on, and the last address."""
    pages = []
    while address:
        last, page = address, client.get(address).json()
        pages.append([each["id"] for each in page["results"]])
        address = page[way]
    return pages, last


@pytest.mark.parametrize("ordering", ["updated_at", "-updated_at"])
@pytest.mark.parametrize("same", ["all", "some", "none"])
def test_each_row_is_on_one_page_forwards_and_back(client, ordering, same):
    if same != "none":
        limit = 7 if same == "all" else 4
        ids = Project.objects.order_by("id").values_list("id", flat=True)[:limit]
        Project.objects.filter(id__in=list(ids)).update(updated_at=ONE_TIME)
    sign = "-" if ordering.startswith("-") else ""
    expected = list(Project.objects.order_by(ordering, f"{sign}id").values_list("id", flat=True))
    pages, last = walk(client, f"{URL}?page_size=3&ordering={ordering}", way="next")
    assert [len(page) for page in pages] == [3, 3, 1] and sum(pages, []) == expected
    back, first = walk(client, last, way="previous")
    assert back == pages[::-1]
    assert walk(client, first, way="next")[0] == pages


def test_rows_of_one_time_beyond_a_thousand_are_reached(as_user, user):
    made = Project.objects.bulk_create(
        Project(owner=user, name="x", slug=f"s{number}", is_public=True) for number in range(1030)
    )
    Project.objects.update(updated_at=ONE_TIME)
    pages, _ = walk(as_user(user), f"{URL}public/?page_size=100", way="next")
    assert len(pages) == 11 and sorted(sum(pages, [])) == sorted(one.pk for one in made)


@pytest.mark.parametrize(
    "position",
    [
        "",
        "x",
        "~",
        f"{ONE_TIME}",
        f"{ONE_TIME}~x",
        "x~1",
        "2026-01-01T00:00:00~1",
        "2026-01-01~1",
        "\0~1",
    ],
)
def test_a_cursor_that_is_none_is_not_found(client, position):
    cursor = b64encode(f"p={position}".encode()).decode()
    assert client.get(URL, {"cursor": cursor}).status_code == 404


def test_a_cursor_beyond_every_row_ends_the_list(client):
    for position in ("1970-01-01T00:00:00Z~1", f"1970-01-01T00:00:00Z~{10**30}"):
        cursor = b64encode(f"p={position}".encode()).decode()
        found = client.get(URL, {"cursor": cursor}).json()
        assert found == {"next": None, "previous": None, "results": []}
