"""Count trends: a rollup of the forms, and what of it was published.

Revision 0003, after 0002. The counts of what is there already are made by the worker, which can read the answers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "trend_count",
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("version", sa.String(length=110), nullable=False),
        sa.Column("site_id", KEY, nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("respondent", sa.String(length=10), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('month', 'quarter', 'year')", name=op.f("ck_trend_count_kind")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_trend_count_clinic_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_trend_count_site_id")),
        sa.PrimaryKeyConstraint(
            "clinic_id",
            "kind",
            "start",
            "version",
            "site_id",
            "language",
            "mode",
            "respondent",
            name=op.f("pk_trend_count"),
        ),
    )
    op.create_table(
        "trend_view",
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("dimension", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("version", sa.String(length=110), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('month', 'quarter', 'year')", name=op.f("ck_trend_view_kind")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_trend_view_clinic_id")),
        sa.PrimaryKeyConstraint(
            "clinic_id", "kind", "dimension", "value", "start", "version", name=op.f("pk_trend_view")
        ),
    )
    op.add_column("clinic", sa.Column("trends_counted_at", MOMENT, nullable=True))
    op.create_index(
        "ix_assessment_closed",
        "assessment",
        ["clinic_id", "closed_at"],
        sqlite_where=sa.text("closed_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_assessment_closed", table_name="assessment")
    op.drop_column("clinic", "trends_counted_at")
    op.drop_table("trend_view")
    op.drop_table("trend_count")
