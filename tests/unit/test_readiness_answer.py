"""What `ops status` says of a readiness answer."""

import json

import pytest

from ops.runtime.docker.readiness import failed_checks

FULL = {"ok": False, "reason": "its disk is full"}


def test_each_part_that_is_wrong_is_said_with_its_reason() -> None:
    said = {"status": "degraded", "checks": {"database": {"ok": True}, "disk": FULL}}
    assert failed_checks(json.dumps(said), path="/health/ready") == [
        "/health/ready reports disk: its disk is full"
    ]


@pytest.mark.parametrize("said", ["", "<html>", "[]", '{"checks": []}', '{"checks": {"a": 1}}'])
def test_an_answer_of_another_form_says_nothing(said: str) -> None:
    assert failed_checks(said, path="/") == []
