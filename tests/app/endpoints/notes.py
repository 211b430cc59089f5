"""Notes: each user's own."""

from endpoints.entry import ACCOUNTS, CALLERS, OK, Call, Endpoint

# The note of `World` is the viewer's: for everyone else it does not exist.
VIEWER_ALONE = {caller: OK if caller == "viewer" else 404 for caller in CALLERS} | {
    "anonymous": 401
}
NOTES_TABLE = [
    Endpoint("notes:list", "GET", ACCOUNTS, call=Call(query="?page_size=2")),
    Endpoint("notes:list", "POST", ACCOUNTS, 201, Call(body=lambda w: {"title": "A note"})),
    Endpoint(
        *("notes:detail", "GET", VIEWER_ALONE),
        call=Call(args=lambda w: {"note_id": w.note.pk}),
        in_public=VIEWER_ALONE,
    ),
]
