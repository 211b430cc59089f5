"""What an entry of the table says: who may call an address, with what, and what it may cost."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.urls import reverse

from endpoints.world import World

# Who calls, from the least to the most. A stranger and the staff are members of nothing.
CALLERS = ("anonymous", "stranger", "staff", "viewer", "editor", "owner")
OK = 0  # stands for the status that the entry expects of a call that is let in
Access = Mapping[str, int]

EVERYBODY: Access = dict.fromkeys(CALLERS, OK)
ACCOUNTS: Access = EVERYBODY | {"anonymous": 401}
# Within a private project: for who has no role in it, it is not there.
VIEWERS: Access = ACCOUNTS | {"stranger": 404, "staff": 404}
EDITORS: Access = VIEWERS | {"viewer": 403}
OWNERS: Access = EDITORS | {"editor": 403}
# What the editor of `World` has written (a comment, say): others may not, with few exceptions.
AUTHORS: Access = EDITORS | {"owner": 403}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One valid request. The functions get the `World` that the request is made in."""

    args: Callable[[World], Mapping[str, Any]] = lambda world: {}
    query: str = ""
    body: Callable[[World], Any] | None = None
    headers: Callable[[World], Mapping[str, str]] = lambda world: {}


@dataclass(frozen=True)
class Endpoint:
    """One method of one address.

    `name` is the address's name (`projects:detail`), or the path of a probe, which no URL map
    knows. `most` is the number of queries that it may cost; four need a reason in `because`.
    `in_public` says who may call it within a public project, where it is not as everywhere: there
    whoever is logged in may do what a viewer may.
    """

    name: str
    method: str
    access: Access
    ok: int = 200
    call: Call = Call()
    most: int = 3
    because: str = ""
    in_public: Access | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    def path(self, world: World) -> str:
        """Where to send the request."""
        if self.name.startswith("/"):
            return self.name
        return reverse(self.name, kwargs=dict(self.call.args(world))) + self.call.query

    def expected(self, caller: str, *, public: bool) -> int:
        """The status that a caller gets."""
        status = self._access(public=public)[caller]
        return self.ok if status == OK else status

    def least(self) -> str:
        """The least of those who are let in to a private project."""
        return next(caller for caller in CALLERS if self.access[caller] == OK)

    def _access(self, *, public: bool) -> Access:
        if not public:
            return self.access
        if self.in_public is not None:
            return self.in_public
        joined = {caller: self.access["viewer"] for caller in ("stranger", "staff")}
        return {**self.access, **{who: to for who, to in joined.items() if self.hidden(who)}}

    def hidden(self, caller: str) -> bool:
        """Whether a private project makes the address look as if it were not there."""
        return self.access[caller] == 404


def prepared(endpoint: Endpoint, world: World, caller: str, *, key: str = "") -> Callable[[], Any]:
    """The call, ready to be made: what it takes to say it is not part of what it costs.

    `key` is sent as Idempotency-Key.
    """
    client, path = world.client(caller), endpoint.path(world)
    given = endpoint.call
    body = "" if given.body is None else json.dumps(given.body(world))
    return partial(
        client.generic,
        endpoint.method,
        path,
        body,
        content_type="application/json",
        headers={**given.headers(world), **({"Idempotency-Key": key} if key else {})},
    )
