"""Idempotency keys in PostgreSQL: claimed, answered and kept in the transaction of the change.

A crash at any moment leaves the change with its answer, or neither. A key is claimed under an
advisory lock that is tried, never waited for: who comes while the first one is at work is told so
at once, and holds no connection meanwhile.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from core.db.plans import Planned

CLAIM = Planned(
    "key_claim",
    """
WITH locked AS MATERIALIZED (
  SELECT pg_try_advisory_xact_lock(hashtextextended(%(key)s, %(user)s)) AS mine
), claimed AS (
  INSERT INTO idempotency_answer (user_id, key, request_hash, headers, body, expires_at)
  SELECT %(user)s, %(key)s, %(hash)s, '{}', '', now() + %(seconds)s * interval '1 second'
  FROM locked WHERE mine
  ON CONFLICT (user_id, key) DO UPDATE
    SET request_hash = excluded.request_hash, status = NULL, headers = '{}', body = '',
        expires_at = excluded.expires_at, created_at = now()
    WHERE idempotency_answer.expires_at <= now()
  RETURNING id
)
SELECT claimed.id, kept.request_hash, kept.status, kept.headers, kept.body
FROM locked
LEFT JOIN claimed ON true
LEFT JOIN idempotency_answer kept ON locked.mine AND claimed.id IS NULL
  AND kept.user_id = %(user)s AND kept.key = %(key)s
""",
)
KEEP = Planned(
    "key_keep",
    """
UPDATE idempotency_answer SET status = %(status)s, headers = %(headers)s, body = %(body)s
WHERE id = %(id)s
""",
)
# Oldest first and a part at a time: no lock is held for long, and what is left waits for the next.
PURGE = """
DELETE FROM idempotency_answer WHERE id IN (
  SELECT id FROM idempotency_answer WHERE expires_at <= now()
  ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


class AtWork(Exception):
    """Somebody else holds the key, and has no answer yet."""


class UsedOtherwise(Exception):
    """The key came with another request before."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An answer as the client got it."""

    status: int
    headers: dict[str, str]
    body: str


def request_hash(*, method: str, path: str, body: bytes) -> str:
    """Tells two requests apart."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def claim(*, user_id: int, key: str, asked: str) -> int | Kept:
    """The number of the claim, or the answer that is kept. One statement, in a transaction.

    `asked` is the request's hash. Raises AtWork and UsedOtherwise.
    """
    given: dict[str, Any] = {
        "user": user_id,
        "key": key,
        "hash": asked,
        "seconds": settings.IDEMPOTENCY_SECONDS,
    }
    claimed, known, status, headers, body = CLAIM.one(given)
    if claimed is not None:
        return int(claimed)
    # No row to see: it is locked, or was written after this statement began.
    if status is None:
        raise AtWork
    if known != asked:
        raise UsedOtherwise
    return Kept(status=status, headers=json.loads(headers), body=body)


def keep(claimed: int, answer: Kept) -> None:
    """Write the answer of a claim."""
    values = {"status": answer.status, "body": answer.body, "id": claimed}
    values["headers"] = json.dumps(answer.headers)
    with connection.cursor() as cursor:
        KEEP.execute(cursor, values)


def purge(*, most: int) -> int:
    """Drop answers that have expired, `most` of them at a time; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(PURGE, [most])
        return int(cursor.rowcount)
