"""A full disk of PostgreSQL's is said by readiness, the metrics and the answers to writes."""

import pytest
from django.db import OperationalError, connection
from prometheus_client import CollectorRegistry, generate_latest

from core.db import disk_space
from health.collector import DatabaseRoom
from operators import SMOKE

pytestmark = pytest.mark.django_db(transaction=True)
# PostgreSQL's own error, as a write of it raises that finds no room.
NO_ROOM = "DO $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$"


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr(disk_space, "SPILL", NO_ROOM)
    disk_space.forget()


def room():
    registry = CollectorRegistry()
    registry.register(DatabaseRoom())
    return generate_latest(registry).decode()


def test_the_question_needs_room_on_the_disk_and_leaves_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '64kB'")
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {disk_space.SPILL}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET work_mem")
    assert "external merge  Disk" in plan
    assert disk_space.has_room()


def test_with_room_readiness_says_so(api):
    answer = api.get("/health/ready").json()
    assert answer["checks"]["disk"]["ok"] is True
    assert "database_has_room 1.0" in room()


def test_a_full_disk_degrades_the_service_and_names_the_reason(api, full, caplog):
    answer = api.get("/health/ready")
    assert answer.status_code == 200 and answer.json()["status"] == "degraded"
    found = answer.json()["checks"]["disk"]
    assert found["ok"] is False and "disk is full" in found["reason"]
    assert {"degraded"} <= {record.message for record in caplog.records}
    assert "database_has_room 0.0" in room()


def test_an_answer_is_believed_for_a_while_and_no_longer(monkeypatch, full):
    assert disk_space.has_room() is False
    monkeypatch.undo()
    assert disk_space.has_room() is False
    monkeypatch.setattr(disk_space, "CHECK_SECONDS", 0.0)
    assert disk_space.has_room() is True


def test_what_is_no_full_disk_is_not_taken_for_one(monkeypatch, api):
    monkeypatch.setattr(disk_space, "SPILL", NO_ROOM.replace("53100", "57014"))
    disk_space.forget()
    with pytest.raises(OperationalError):
        disk_space.has_room()
    assert room() == "", "nothing is known"
    assert api.get("/health/ready").json()["checks"]["disk"]["ok"] is False


def test_a_write_that_finds_no_room_says_so(api, monkeypatch):
    from domains.notes.models import Note

    def save(self, *args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute(NO_ROOM)

    monkeypatch.setattr(Note, "save", save)
    answer = api.post("/api/v1/notes/", {"title": "One"}, headers=SMOKE)
    assert answer.status_code == 503 and "disk is full" in answer.json()["detail"]
