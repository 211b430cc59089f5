"""The user of an API request. It is apart from the views, whose settings load it."""

from dataclasses import dataclass
from typing import ClassVar

from django.contrib.auth import get_user_model


@dataclass(frozen=True, slots=True)
class TokenUser:
    """The `request.user` of the API, as the token names it: no query.

    `accounts.selectors.find_user(user.id)` returns the account itself.
    """

    id: int
    session_id: str

    is_active: ClassVar[bool] = True
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def is_staff(self) -> bool:
        """Whether the account is staff now. One query, because a permission may be revoked."""
        staff = get_user_model().objects.filter(pk=self.id, is_active=True, is_staff=True)
        return bool(staff.exists())

    @property
    def pk(self) -> int:
        """The account's primary key, as Django calls it."""
        return self.id

    def __str__(self) -> str:
        return f"user {self.id}"
