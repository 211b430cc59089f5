"""Who is asking, as their token says it: no query, but for what a token may not be believed."""

from dataclasses import dataclass
from typing import ClassVar

from django.contrib.auth import get_user_model


@dataclass(frozen=True, slots=True)
class TokenUser:
    """`request.user` of the API. The account itself: `accounts.selectors.find_user(user.id)`."""

    id: int
    session: str

    is_active: ClassVar[bool] = True
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def is_staff(self) -> bool:
        """Whether the account is of the staff now: one query, for a right may be taken back."""
        staff = get_user_model().objects.filter(pk=self.id, is_active=True, is_staff=True)
        return bool(staff.exists())

    @property
    def pk(self) -> int:
        """The account's number, as Django calls it."""
        return self.id

    def __str__(self) -> str:
        return f"user {self.id}"
