"""Input that no honest client sends: raw JSON, query values and headers, by name."""

from urllib.parse import quote

DEEP = 10_000
# Values of one field, as they stand in JSON.
VALUES = {
    "lone surrogate": r'"\ud800"',
    "lone surrogate in a list": r'["\udfff"]',
    "surrogate key inside": r'{"\ud800": "x"}',
    "NUL": r'"a\u0000b"',
    "huge whole number": "1" + "0" * 30,
    "huge negative number": "-1" + "0" * 30,
    "5,000 digits": "9" * 5_000,
    "infinite": "1e999",
    "huge float": "1e308",
    "NaN": "NaN",
    "null": "null",
    "deep list": "[" * DEEP + "]" * DEEP,
    "long text": '"' + "x" * 300_000 + '"',
    "list of objects": '[{"a": [1]}]',
    "blank": '"  "',
}
# Whole bodies.
BODIES = {
    "surrogate key": rb'{"\ud800": "x"}',
    "surrogate pair turned round": rb'{"\udc00\ud800": 1}',
    "NUL key": rb'{"\u0000": "x"}',
    "the same key twice": b'{"a": 1, "a": 2}',
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep lists": b"[" * DEEP,
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "bare infinity": b"-Infinity",
    "bare text": b'"text"',
    "bare number": b"1e999",
    "NUL byte": b"\x00",
    "cut short": b'{"a": "',
    "nothing": b"",
}
QUERIES = {
    "dashes": "-" * 100,
    "dashes between words": "-- a --- b ---- c" * 10,
    "quotes": '"' * 100,
    "or": "or " * 60,
    "brackets": "(((((&|!<->:*" * 10,
    "many words": " ".join(f"w{number}" for number in range(60)),
    "NUL": "a\x00b",
    "huge number": "9" * 40,
    "5,000 digits": "9" * 5_000,
    "infinite": "inf",
    "other digits": "\u0661\u00b2",
    "moment": "9999-12-31T23:59:59.999999+23:59",
    "backslashes": "\\" * 99,
    "percent": "%" * 99,
}
ENCODED = {
    **{name: quote(value, safe="") for name, value in QUERIES.items()},
    "not UTF-8": "%ff%fe",
    "surrogate": "%ed%a0%80",
    "broken escape": "%zz%",
}
# Cursors of our own form around values that are none of ours.
CURSORS = {
    "infinite rank": "WyItcmFuayIsICJpbmYiLCAxLCAwXQ",
    "rank that is no number": "WyItcmFuayIsICJuYW4iLCAxLCAwXQ",
    "date of DRF's": "cD0yMDI2LTAxLTAxfjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk",
    "NUL": "cD0lMDB-MQ",
}
NAMES = (
    *("q", "cursor", "page_size", "ordering", "status", "priority", "assignee", "label"),
    *("due_before", "due_after", "archived", "role", "format", "other"),
)
# Python's codecs are more than charsets.
CHARSETS = ("zlib", "bz2", "rot13", "base64", "utf-7", "utf-16", "idna", '"punycode"', "none")
HEADERS = {
    "no JSON": {"Content-Type": "\xff/\xfe"},
    "accept": {"Accept": "application/json; indent=99999999999, */*;q=\xff"},
    "no such form": {"Accept": "image/png"},
    "a page": {"Accept": "text/html"},
    "token": {"Authorization": "Bearer \xff.\xfe.\xfd"},
    "token of three parts": {"Authorization": "Bearer e30.e30.e30"},
    "long token": {"Authorization": "Bearer " + "a" * 8_000},
    "cookies": {"Cookie": '__Host-access=\xff; __Host-csrf="; =; ;;; admin=\x01'},
    "versions": {"If-Match": '"' + "9" * 4_000, "If-None-Match": '*,W/"\xff"'},
    "key": {"Idempotency-Key": "\xff"},
    "long key": {"Idempotency-Key": "k" * 5_000},
    "request id": {"X-Request-ID": "*/ SELECT 1 /*\xff"},
    "address": {"X-Real-IP": "\xff::1%eth0", "X-Forwarded-For": ", , ,"},
    "agent": {"User-Agent": "\xff" * 4_000},
    "origin": {"Origin": "null\xff", "Referer": "\xff://"},
    "host": {"Host": "exa mple.com\xff"},
    "trace": {"traceparent": "00-\xff-1-z", "tracestate": "=" * 600},
    "language": {"Accept-Language": "en-" * 600, "Accept-Encoding": "\xff"},
}
