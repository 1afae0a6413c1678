"""Keep a report of the questionnaire: its statistics from the clinic's own forms, for the managers' page.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "instrument_report",
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("instrument", sa.String(length=85), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_instrument_report_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "instrument", name=op.f("pk_instrument_report")),
    )


def downgrade() -> None:
    op.drop_table("instrument_report")
