"""Who is asking: the clinic, the person and the roles that every use case of the staff is given."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff may do; the values are stored."""

    CLINICIAN = "clinician"
    FRONT_DESK = "front_desk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Scope:
    """The clinic whose records a request may touch, and the person who touches them."""

    clinic_id: int
    user_id: int
    roles: frozenset[Role]

    def has(self, *roles: Role) -> bool:
        """Tell whether the person holds at least one of these roles."""
        return not self.roles.isdisjoint(roles)
