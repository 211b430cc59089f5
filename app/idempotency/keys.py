"""Idempotency keys in PostgreSQL: claimed, answered and stored in the transaction of the change.

A crash at any moment leaves both the change and its response, or neither. A key is claimed under an
advisory lock that is tried, never waited for: a second request is refused at once, and holds no
connection meanwhile.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from rest_framework.exceptions import APIException

from core.db.statements import fetch_one

CLAIM = """
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
"""
STORE = """
UPDATE idempotency_answer SET status = %(status)s, headers = %(headers)s, body = %(body)s
WHERE id = %(id)s
"""
# The oldest first, in batches: no lock is held for long, and the next run takes the rest.
PURGE = """
DELETE FROM idempotency_answer WHERE id IN (
  SELECT id FROM idempotency_answer WHERE expires_at <= now()
  ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


class RequestInProgress(APIException):
    """Another request with the same key has not ended yet."""

    status_code = 409
    default_detail = "A request with this Idempotency-Key is still in progress."
    wait = 1  # seconds, as Retry-After


class KeyReused(APIException):
    """The key belongs to a different request."""

    status_code = 422
    default_detail = "This Idempotency-Key was used for a different request."


@dataclass(frozen=True, kw_only=True)
class StoredResponse:
    """A response as the client received it."""

    status: int
    headers: dict[str, str]
    body: str


def hash_request(*, method: str, path: str, body: bytes) -> str:
    """Return a hash that differs between two requests."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def claim(*, user_id: int, key: str, request_hash: str) -> int | StoredResponse:
    """Return the id of a new claim, or the stored response. One statement, in a transaction.

    Raises RequestInProgress and KeyReused.
    """
    values: dict[str, Any] = {
        "user": user_id,
        "key": key,
        "hash": request_hash,
        "seconds": settings.IDEMPOTENCY_SECONDS,
    }
    claim_id, stored_hash, status, headers, body = fetch_one(CLAIM, values)
    if claim_id is not None:
        return int(claim_id)
    # No visible row: it is locked, or was written after this statement began.
    if status is None:
        raise RequestInProgress
    if stored_hash != request_hash:
        raise KeyReused
    return StoredResponse(status=status, headers=json.loads(headers), body=body)


def store(claim_id: int, response: StoredResponse) -> None:
    """Store the response of a claim."""
    values: dict[str, Any] = {"status": response.status, "body": response.body, "id": claim_id}
    values["headers"] = json.dumps(response.headers)
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)


def purge(*, limit: int) -> int:
    """Delete up to `limit` expired responses; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(PURGE, [limit])
        return int(cursor.rowcount)
