"""Who is asking, as their token says it: no query."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TokenUser:
    """`request.user` of the API. The account itself: `accounts.selectors.find_user(user.id)`."""

    id: int
    is_staff: bool
    session: str

    is_active: ClassVar[bool] = True
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def pk(self) -> int:
        """The account's number, as Django calls it."""
        return self.id

    def __str__(self) -> str:
        return f"user {self.id}"
