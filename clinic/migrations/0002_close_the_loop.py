"""Close the loop: messages that wait, what visits agree, what was done about alerts, and corrections.

Revision 0002, after 0001.
"""

import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = ("worker_run", "resource", "copy_link", "symptom_note", "agreement", "alert_action", "outbox")
NEVER_EDITED = ("alert_action",)


def upgrade() -> None:
    op.create_table(
        "worker_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=False),
        sa.Column("ran_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_worker_run")),
    )
    op.create_table(
        "resource",
        sa.Column("id", KEY, nullable=False),
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("offers", sa.String(length=300), nullable=False),
        sa.Column("gaps", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(retired_at IS NULL) = (retired_by IS NULL)", name=op.f("ck_resource_retired_by_someone")),
        sa.ForeignKeyConstraint(["checked_by"], ["user.id"], name=op.f("fk_resource_checked_by")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_resource_clinic_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_resource_created_by")),
        sa.ForeignKeyConstraint(["retired_by"], ["user.id"], name=op.f("fk_resource_retired_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
    )
    op.create_index(op.f("ix_resource_clinic_id_retired_at"), "resource", ["clinic_id", "retired_at"], unique=False)
    op.create_table(
        "copy_link",
        sa.Column("id", KEY, nullable=False),
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("visit_id", KEY, nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_copy_link_clinic_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_copy_link_created_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_copy_link_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_copy_link_token_hash")),
    )
    op.create_index(op.f("ix_copy_link_visit_id"), "copy_link", ["visit_id"], unique=False)
    op.create_table(
        "symptom_note",
        sa.Column("id", KEY, nullable=False),
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("visit_id", KEY, nullable=False),
        sa.Column("patient_id", KEY, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("taken_back_at", MOMENT, nullable=True),
        sa.Column("taken_back_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_by IS NULL)", name=op.f("ck_symptom_note_taken_back_by_someone")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_symptom_note_clinic_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_symptom_note_created_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_symptom_note_patient_id")),
        sa.ForeignKeyConstraint(["taken_back_by"], ["user.id"], name=op.f("fk_symptom_note_taken_back_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_symptom_note_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_symptom_note")),
    )
    op.create_index(op.f("ix_symptom_note_patient_id"), "symptom_note", ["patient_id"], unique=False)
    op.create_index(op.f("ix_symptom_note_visit_id"), "symptom_note", ["visit_id"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", KEY, nullable=False),
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("visit_id", KEY, nullable=False),
        sa.Column("patient_id", KEY, nullable=False),
        sa.Column("gap", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("what", sa.Text(), nullable=True),
        sa.Column("who", sa.String(length=10), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("suggestion", sa.String(length=60), nullable=True),
        sa.Column("resource_id", KEY, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("taken_back_at", MOMENT, nullable=True),
        sa.Column("taken_back_by", sa.Integer(), nullable=True),
        sa.Column("happened", sa.String(length=10), nullable=True),
        sa.Column("helped", sa.SmallInteger(), nullable=True),
        sa.Column("answered_in", KEY, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint("(kind = 'agreed') = (what IS NOT NULL)", name=op.f("ck_agreement_agreed_on_something")),
        sa.CheckConstraint(
            "gap IN ('accessibility', 'adherence', 'stigma', 'support', 'other')", name=op.f("ck_agreement_gap")
        ),
        sa.CheckConstraint(
            "happened IS NULL OR happened IN ('yes', 'partly', 'no', 'not_needed')", name=op.f("ck_agreement_happened")
        ),
        sa.CheckConstraint("kind IN ('discussed', 'agreed')", name=op.f("ck_agreement_kind")),
        sa.CheckConstraint(
            "who IS NULL OR who IN ('patient', 'clinician', 'clinic', 'family', 'other')", name=op.f("ck_agreement_who")
        ),
        sa.CheckConstraint("(answered_in IS NULL) = (answered_at IS NULL)", name=op.f("ck_agreement_answered_when")),
        sa.CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_by IS NULL)", name=op.f("ck_agreement_taken_back_by_someone")
        ),
        sa.CheckConstraint(
            "answered_in IS NOT NULL OR (happened IS NULL AND helped IS NULL)", name=op.f("ck_agreement_answered_where")
        ),
        sa.CheckConstraint("helped IS NULL OR helped BETWEEN 0 AND 4", name=op.f("ck_agreement_helped")),
        sa.ForeignKeyConstraint(["answered_in"], ["assessment.id"], name=op.f("fk_agreement_answered_in")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_agreement_clinic_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_agreement_created_by")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_agreement_patient_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_agreement_resource_id")),
        sa.ForeignKeyConstraint(["taken_back_by"], ["user.id"], name=op.f("fk_agreement_taken_back_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_agreement_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_clinic_id_due_on"), "agreement", ["clinic_id", "due_on"], unique=False)
    op.create_index(op.f("ix_agreement_patient_id_created_at"), "agreement", ["patient_id", "created_at"], unique=False)
    op.create_index(op.f("ix_agreement_visit_id"), "agreement", ["visit_id"], unique=False)
    op.create_table(
        "alert_action",
        sa.Column("id", KEY, nullable=False),
        sa.Column("alert_id", KEY, nullable=False),
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "action IN ('reached', 'not_reached', 'emergency', 'review_at_visit', 'other')",
            name=op.f("ck_alert_action_action"),
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_action_alert_id")),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_alert_action_by")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_alert_action_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_action")),
    )
    op.create_index(op.f("ix_alert_action_alert_id"), "alert_action", ["alert_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", KEY, nullable=False),
        sa.Column("clinic_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("visit_id", KEY, nullable=True),
        sa.Column("alert_id", KEY, nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("leased_by", sa.String(length=40), nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_outbox_sent_when")),
        sa.CheckConstraint(
            "kind IN ('invitation', 'reminder', 'alert', 'escalation', 'test')", name=op.f("ck_outbox_kind")
        ),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'withdrawn')", name=op.f("ck_outbox_state")),
        sa.CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name=op.f("ck_outbox_leased_by_someone")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_outbox_alert_id")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_outbox_clinic_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_outbox_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_alert_id"), "outbox", ["alert_id"], unique=False)
    op.create_index(op.f("ix_outbox_state_next_try_at"), "outbox", ["state", "next_try_at"], unique=False)
    op.create_index(op.f("ix_outbox_visit_id"), "outbox", ["visit_id"], unique=False)
    for table, column in columns():
        op.add_column(table, column)
    name_versions()
    part_twins()
    standing = sa.text("cancelled_at IS NULL")
    op.create_index(
        "uq_visit_patient_moment",
        "visit",
        ["patient_id", "scheduled_at"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    refuse_changes()


def downgrade() -> None:
    op.drop_index("uq_visit_patient_moment", "visit")
    for table, column in columns():
        op.drop_column(table, column.name)
    for table in reversed(TABLES):
        op.drop_table(table)


def refuse_changes() -> None:
    """Let the database itself keep what is only ever added to."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in NEVER_EDITED:
        for action in ("UPDATE", "DELETE"):
            body = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgresql
                else f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
            )
            op.execute(f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} {body}")


def name_versions() -> None:
    """Give each clinic a version of its settings that no other one has."""
    clinics, bind = sa.table("clinic", sa.column("id"), sa.column("settings_version")), op.get_bind()
    for number in bind.execute(sa.select(clinics.c.id)).scalars().all():
        bind.execute(clinics.update().where(clinics.c.id == number).values(settings_version=secrets.token_hex(16)))


def part_twins() -> None:
    """Leave one of the visits that a button pressed twice has made of one: from now on a patient has one at a time.

    The one with a form stays, else the one whose link was opened, else the latest, whose slip was on the screen last.
    The others are cancelled; where two have forms both stay, a second apart, since nothing that was answered may go.
    """
    visits = sa.table(
        "visit",
        *(sa.column(one) for one in ("id", "patient_id")),
        *(sa.column(one, MOMENT) for one in ("scheduled_at", "created_at", "cancelled_at")),
    )
    forms = sa.table("assessment", sa.column("visit_id"))
    links = sa.table("form_link", sa.column("visit_id"), sa.column("opened_at", MOMENT))
    was_opened = sa.and_(links.c.visit_id == visits.c.id, links.c.opened_at.is_not(None))
    found = sa.select(
        visits,
        sa.exists().where(forms.c.visit_id == visits.c.id).label("has_form"),
        sa.exists().where(was_opened).label("was_opened"),
    ).where(visits.c.cancelled_at.is_(None))
    bind = op.get_bind()
    twins: dict[Any, list[Any]] = {}
    for row in bind.execute(found):
        twins.setdefault((row.patient_id, row.scheduled_at), []).append(row)
    for rows in twins.values():
        _kept, *others = sorted(rows, key=lambda row: (row.has_form, row.was_opened, row.id), reverse=True)
        for seconds, row in enumerate(others, start=1):
            later = {"scheduled_at": row.scheduled_at + timedelta(seconds=seconds)}
            values = later if row.has_form else {"cancelled_at": row.created_at}
            bind.execute(visits.update().where(visits.c.id == row.id).values(values))


def columns() -> list[tuple[str, sa.Column[Any]]]:
    """Return the columns that join older tables, each with its table."""
    return [
        ("clinic", sa.Column("settings_version", sa.String(32), nullable=False, server_default="first")),
        ("patient", sa.Column("other_languages", sa.Text())),
        ("patient", sa.Column("revision", sa.Integer(), nullable=False, server_default="0")),
        ("visit", sa.Column("revision", sa.Integer(), nullable=False, server_default="0")),
        ("visit", sa.Column("declined_at", MOMENT)),
        ("form_link", sa.Column("sent_at", MOMENT)),
    ]
