"""Tables of the people who sign in, as Flask-Security lays them out, with what the clinic adds."""

from flask_security.models.sqla import FsModels, FsRoleMixin, FsUserMixin
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base

FsModels.set_db_info(base_model=Base, user_table_name="user", role_table_name="role")  # type: ignore[no-untyped-call]


class Role(Base, FsRoleMixin):
    """What a person may do: clinician, front_desk, manager or administrator."""

    __tablename__ = "role"


class User(Base, FsUserMixin):
    """One person of one clinic; the columns of Flask-Security keep that library's own times."""

    __tablename__ = "user"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    display_name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(16))
