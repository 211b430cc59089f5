"""Rows that a smoke check writes, and many readers at the same time, each of its own row."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx

from stacks.topology.app import Exchange

OWN = "its own row"
WAITS = 5  # times that a reader is told to come back (429) before that is its answer
Row = tuple[str, str]  # where it is read, and the text that is only in it


def write(client: httpx.Client, *, exchange: Exchange) -> Row:
    """Send a text that is new; returns where it must be read again, and the text."""
    text = f"smoke check {uuid4().hex}"
    body = {name: value.replace("{text}", text) for name, value in exchange.body.items()}
    assert text in body.values(), f"no {{text}} in the body for {exchange.path}"
    made = client.post(exchange.path, json=body)
    assert made.is_success, made.text[:500]
    fields: dict[str, Any] = made.json()
    return exchange.answer.format_map(fields), text


def read_together(
    client: Callable[[], httpx.Client], *, written: Sequence[Row], times: int
) -> list[tuple[str, str]]:
    """Have each row read `times` times, all rows at once, each by a client of its own.

    Returns the path and what was answered for each read: OWN, or what was wrong with it.
    """

    def read(row: Row) -> list[tuple[str, str]]:
        path, text = row
        with client() as reader:
            return [(path, _answer(reader, path=path, text=text)) for _ in range(times)]

    with ThreadPoolExecutor(max_workers=len(written)) as pool:
        return [answer for answers in pool.map(read, written) for answer in answers]


def _answer(reader: httpx.Client, *, path: str, text: str) -> str:
    for _ in range(WAITS):
        try:
            answer = reader.get(path)
        except httpx.HTTPError as error:
            return type(error).__name__
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            break
        time.sleep(0.2)  # the edge's own limit: many checks come from one address
    if answer.status_code == httpx.codes.OK and text in answer.text:
        return OWN
    return f"{answer.status_code} {answer.text[:200]}"
