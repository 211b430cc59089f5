"""A search costs little, whatever is searched for, and one account cannot hold every thread."""

import threading
from contextlib import ExitStack

import pytest
from django.db import OperationalError, connection

from core.api import concurrency
from core.api.concurrency import limit_concurrency
from core.api.exceptions import TooMany
from core.db import search_limits
from core.db.statements import fetch_one
from core.redis.client import redis_client
from domains.tasks import pages
from domains.tasks.models import Task
from factories import ProjectFactory, TaskFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def project():
    return ProjectFactory()


def url(project, query):
    return f"/api/v1/projects/{project.pk}/tasks/?{query}"


def numbers(answer):
    return [each["number"] for each in answer.json()["results"]]


def test_a_search_by_rank_looks_at_the_newest_that_fit(as_user, project, monkeypatch):
    for number in range(6):
        TaskFactory(project=project, number=number + 1, title="Compost " * (6 - number))
    client = as_user(project.owner)
    assert numbers(client.get(url(project, "q=compost")))[0] == 1, "the best of all"
    monkeypatch.setattr(pages, "NEWEST", "(SELECT t.* FROM {source} ORDER BY t.id DESC LIMIT 3) t")
    assert numbers(client.get(url(project, "q=compost"))) == [4, 5, 6], "the best of three"
    first = client.get(url(project, "q=compost&page_size=2")).json()
    assert numbers(client.get(first["next"])) == [6]
    assert numbers(client.get(client.get(first["next"]).json()["previous"])) == [4, 5]


def test_the_limit_of_what_is_ranked_is_in_the_statement():
    assert pages.MAX_RANKED == 1000
    text = pages._sql(
        "rank", [pages.FILTERS["q"]], size=25, descending=True, backwards=False, continued=False
    )
    assert "ORDER BY t.id DESC LIMIT 1000) t" in text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("-" * 100, set()),
        ("- " * 100, set()),
        ("water -- fence", {2}),
        ("water -fence", {1}),
        ("water --- -fence", {1}),
        ("water--fence", {2}),
        ('"water fence"', {2}),
        ('-"water fence" water', {1}),
        ("water or fence", {1, 2}),
    ],
)
def test_dashes_mean_not_only_before_a_word(as_user, project, asked, found):
    TaskFactory(project=project, number=1, title="water", description="")
    TaskFactory(project=project, number=2, title="water fence", description="")
    path = f"/api/v1/projects/{project.pk}/tasks/"
    answer = as_user(project.owner).get(path, {"q": asked, "ordering": "created_at"})
    assert answer.status_code == 200 and set(numbers(answer)) == found


def test_a_search_has_few_words(as_user, project):
    client = as_user(project.owner)
    assert client.get(url(project, "q=" + "+".join(["word"] * 16))).status_code == 200
    answer = client.get(url(project, "q=" + ",".join(["word"] * 17)))
    assert answer.status_code == 400 and "16 words" in answer.json()["errors"]["q"][0]


@pytest.mark.django_db(transaction=True)
def test_a_search_has_a_time_limit_of_its_own_and_nothing_else_has_it(as_user, project, settings):
    TaskFactory(project=project)
    client = as_user(project.owner)
    settings.SEARCH_TIMEOUT_MS = 50
    with pytest.raises(search_limits.SearchTooSlow), search_limits.search_transaction():
        fetch_one("SELECT pg_sleep(5), %(q)s::text", {"q": ""})
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30s",), "the limit ended with the search"
    with pytest.raises(search_limits.SearchTooSlow), search_limits.search_transaction():
        Task.objects.raw("SELECT pg_sleep(5), 1 AS id")[0]
    assert client.get(url(project, "q=water")).status_code == 200


def test_a_search_that_took_too_long_says_so(as_user, project, settings, monkeypatch):
    slow = pages.STATEMENT.replace("WITH access", "WITH slept AS (SELECT pg_sleep(5)), access")
    monkeypatch.setattr(pages, "STATEMENT", slow + " , slept")
    settings.SEARCH_TIMEOUT_MS = 50
    answer = as_user(project.owner).get(url(project, "q=water"))
    assert answer.status_code == 503 and answer["Retry-After"] == "2"
    assert answer.json()["type"] == "/problems/search-too-slow"


def test_an_error_that_is_not_the_time_limit_stays_what_it_is():
    with pytest.raises(OperationalError), search_limits.search_transaction():
        raise OperationalError("the server closed the connection")


@pytest.mark.parametrize("query", ["q=water", "status=open", "assignee=1&ordering=due"])
def test_one_account_searches_so_many_times_at_once(as_user, project, query):
    client, other = as_user(project.owner), as_user(UserFactory())
    type(project).objects.update(is_public=True)
    with (
        limit_concurrency("search", account=project.owner_id),
        limit_concurrency("search", account=project.owner_id),
    ):
        answer = client.get(url(project, query))
        assert (answer.status_code, answer["Retry-After"]) == (429, "1")
        assert client.get("/api/v1/projects/?q=garden").status_code == 429
        assert client.get(url(project, "ordering=due")).status_code == 200, "no search"
        assert client.get(url(project, "")).status_code == 200
        assert other.get(url(project, query)).status_code == 200, "each account has its own"
    assert client.get(url(project, query)).status_code == 200


def held(account, *, most=10):
    """How many slots can be had."""
    with ExitStack() as stack:
        for taken in range(most):
            try:
                stack.enter_context(limit_concurrency("search", account=account))
            except TooMany:
                return taken
    return most


def test_slots_are_counted_by_redis_and_by_the_process_without_it(cache_unavailable):
    assert held(1) == 2 and held(1) == 2
    assert not concurrency._local, "each was given back"


def test_a_slot_of_a_process_that_was_killed_ends_with_its_lease(settings):
    settings.AT_ONCE_LEASE_MS = 300
    never_ended = [limit_concurrency("search", account=7) for _ in range(2)]
    for each in never_ended:
        each.__enter__()
    assert held(7) == 0
    threading.Event().wait(0.4)
    assert held(7) == 2
    assert not redis_client("cache").keys("*at-once*"), "nothing is left"


def test_of_many_at_once_exactly_so_many_get_a_slot():
    results, start, end = [], threading.Barrier(12), threading.Barrier(12)

    def take():
        start.wait()
        try:
            with limit_concurrency("search", account=9):
                results.append(True)
                end.wait()
        except TooMany:
            results.append(False)
            end.wait()

    threads = [threading.Thread(target=take) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 10 + [True] * 2


@pytest.mark.django_db(transaction=True)
def test_the_index_of_a_search_begins_with_the_project():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef, indisvalid FROM pg_indexes JOIN pg_index"
            " ON indexrelid = indexname::regclass WHERE indexname = 'tasks_words'"
        )
        definition, valid = cursor.fetchone()
    assert "gin (project_id, search)" in definition and valid
