"""One key at the same moment, and connections that die: still one effect."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from creates import PATIENCE, Create, send
from domains.notes.models import Note
from factories import UserFactory
from idempotency.models import Answer


@pytest.fixture(autouse=True)
def _calm():
    yield
    Create.pause, Create.fails = None, False


def in_thread(work):
    try:
        return work()
    finally:
        connections.close_all()


def persistently(user):
    """The answer, after as many 409 as come; and whether there were any."""
    waited = threading.Event()
    for _ in range(1000):
        answer = send(user)
        if answer.status_code != 409:
            return answer
        assert answer["Retry-After"] == "1"
        waited.wait(0.01)
    raise AssertionError("still at work")


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_sends_create_once_and_answer_alike():
    user = UserFactory()
    with ThreadPoolExecutor(20) as pool:
        sent = [pool.submit(in_thread, lambda: persistently(user)) for _ in range(20)]
        answers = [each.result(PATIENCE) for each in sent]
    assert Note.objects.count() == 1
    assert {(each.status_code, each.content, each["Location"]) for each in answers} == {
        (201, answers[0].content, answers[0]["Location"])
    }
    assert sum("Idempotent-Replayed" not in each for each in answers) == 1


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_the_first_is_at_work_is_told_at_once():
    user = UserFactory()
    Create.pause = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(in_thread, lambda: send(user))
        try:
            answers = []
            while not answers or answers[-1].status_code != 409:
                # Before the first one has its claim, another key's request would pause too.
                assert not first.done()
                answers += [send(user)] if claimed(user) else []
            assert answers[-1]["Retry-After"] == "1"
        finally:
            Create.pause.set()
        assert first.result(PATIENCE).status_code == 201
    assert send(user)["Idempotent-Replayed"] == "true" and Note.objects.count() == 1


def claimed(user):
    """Whether somebody holds the lock of the key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_in_the_middle_leaves_nothing():
    user = UserFactory()
    Create.pause = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(in_thread, lambda: send(user))
        while not claimed(user):
            assert not first.done()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            )
        Create.pause.set()
        assert first.result(PATIENCE).status_code == 503
    assert not Note.objects.exists() and not Answer.objects.exists()
    Create.pause = None
    assert send(user).status_code == 201 and Note.objects.count() == 1
