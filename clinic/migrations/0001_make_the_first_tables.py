"""Make the first tables.

Revision 0001, the first.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from flask_security.datastore import AsaList
from sqlalchemy import Column, ForeignKey
from sqlalchemy import PrimaryKeyConstraint as Primary
from sqlalchemy import UniqueConstraint as Unique

revision = "0001"
down_revision = None
branch_labels = ("default",)
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SUBTHEMES = ("emo", "cop", "slf", "dly", "prg", "qoc", "acc", "rel")
MORE_SUBTHEMES = ("med", "alt", "adh", "rcv", "stg", "sup", "und", "ext")
DOMAINS = ("accessibility", "adherence", "stigma", "support")
NOW = sa.text("(CURRENT_TIMESTAMP)")
LEVELS = "'none', 'watch', 'gap', 'priority_gap', 'insufficient', 'not_applicable'"
WISHES = "'now', 'later', 'no', 'PNA'"
KINDS = "'raised', 'signal_added', 'opened', 'settled', 'answer_changed', 'acknowledged', 'closed'"
NEVER_EDITED = ("alert_event", "clinic_setting_change", "scoring_profile")
LAST = ("alert_event", "web_session", "assessment_score", "alert", "form_link", "assessment", "visit")
MIDDLE = ("roles_users", "patient_index", "clinic_setting_change", "clinic_setting", "user", "site")
FIRST = ("scoring_profile", "patient", "role", "key_check", "clinic")


def upgrade() -> None:
    op.create_table(
        "clinic",
        needed("id", KEY),
        needed("name", sa.String(200)),
        needed("country", sa.String(2)),
        needed("time_zone", sa.String(64)),
        needed("languages", sa.JSON()),
        needed("page_size", sa.String(10)),
        needed("is_demo", sa.Boolean()),
        needed("created_at", MOMENT),
        Check("page_size IN ('A4', 'letter')", name="ck_clinic_page_size"),
        Check("length(country) = 2", name="ck_clinic_country"),
        Primary("id", name="pk_clinic"),
    )
    op.create_table(
        "key_check",
        needed("id", sa.Integer(), autoincrement=False),
        needed("sealed", sa.Text()),
        needed("digest", sa.String(64)),
        needed("made_at", MOMENT),
        Check("id = 1", name="ck_key_check_one_row"),
        Primary("id", name="pk_key_check"),
    )
    op.create_table(
        "role",
        needed("id", sa.Integer()),
        needed("name", sa.String(80)),
        Column("description", sa.String(255)),
        Column("permissions", AsaList()),
        needed("update_datetime", sa.DateTime(), server_default=NOW),
        Primary("id", name="pk_role"),
        Unique("name", name="uq_role_name"),
    )
    op.create_table(
        "patient",
        needed("id", KEY),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_patient_clinic_id")),
        needed("record_number", sa.Text()),
        needed("name", sa.Text()),
        needed("born_on", sa.Text()),
        Column("email", sa.Text()),
        Column("phone", sa.Text()),
        needed("language", sa.String(16)),
        needed("created_at", MOMENT),
        Primary("id", name="pk_patient"),
    )
    op.create_index("ix_patient_clinic_id", "patient", ["clinic_id"])
    op.create_table(
        "scoring_profile",
        needed("id", KEY),
        Column("clinic_id", KEY, ForeignKey("clinic.id", name="fk_scoring_profile_clinic_id")),
        needed("name", sa.String(20)),
        needed("instrument_id", sa.String(64)),
        needed("instrument_version", sa.String(20)),
        needed("thresholds", sa.JSON()),
        needed("created_at", MOMENT),
        Primary("id", name="pk_scoring_profile"),
        Unique("clinic_id", "instrument_id", "instrument_version", "name", name="uq_scoring_profile"),
    )
    op.create_index(
        "uq_scoring_profile_built_in",
        "scoring_profile",
        ["instrument_id", "instrument_version", "name"],
        unique=True,
        sqlite_where=sa.text("clinic_id IS NULL"),
        postgresql_where=sa.text("clinic_id IS NULL"),
    )
    op.create_table(
        "site",
        needed("id", KEY),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_site_clinic_id")),
        needed("name", sa.String(200)),
        Primary("id", name="pk_site"),
        Unique("clinic_id", "name", name="uq_site_clinic_id_name"),
    )
    op.create_table(
        "user",
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_user_clinic_id")),
        needed("display_name", sa.String(200)),
        needed("locale", sa.String(16)),
        needed("id", sa.Integer()),
        needed("email", sa.String(255)),
        Column("username", sa.String(255)),
        Column("password", sa.String(255)),
        needed("active", sa.Boolean()),
        needed("fs_uniquifier", sa.String(64)),
        Column("confirmed_at", sa.DateTime()),
        Column("last_login_at", sa.DateTime()),
        Column("current_login_at", sa.DateTime()),
        Column("last_login_ip", sa.String(64)),
        Column("current_login_ip", sa.String(64)),
        Column("login_count", sa.Integer()),
        Column("tf_primary_method", sa.String(64)),
        Column("tf_totp_secret", sa.String(255)),
        Column("tf_phone_number", sa.String(128)),
        Column("us_totp_secrets", sa.Text()),
        Column("us_phone_number", sa.String(128)),
        Column("fs_webauthn_user_handle", sa.String(64)),
        Column("mf_recovery_codes", AsaList()),
        needed("create_datetime", sa.DateTime(), server_default=NOW),
        needed("update_datetime", sa.DateTime(), server_default=NOW),
        Primary("id", name="pk_user"),
        Unique("email", name="uq_user_email"),
        Unique("fs_uniquifier", name="uq_user_fs_uniquifier"),
        Unique("fs_webauthn_user_handle", name="uq_user_fs_webauthn_user_handle"),
        Unique("us_phone_number", name="uq_user_us_phone_number"),
        Unique("username", name="uq_user_username"),
    )
    op.create_index("ix_user_clinic_id", "user", ["clinic_id"])
    op.create_table(
        "clinic_setting",
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_clinic_setting_clinic_id")),
        needed("key", sa.String(64)),
        needed("value", sa.JSON()),
        Column("set_by", sa.Integer(), ForeignKey("user.id", name="fk_clinic_setting_set_by")),
        needed("set_at", MOMENT),
        Primary("clinic_id", "key", name="pk_clinic_setting"),
    )
    op.create_table(
        "clinic_setting_change",
        needed("id", KEY),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_clinic_setting_change_clinic_id")),
        needed("key", sa.String(64)),
        needed("old", sa.JSON()),
        needed("new", sa.JSON()),
        Column("by", sa.Integer(), ForeignKey("user.id", name="fk_clinic_setting_change_by")),
        needed("at", MOMENT),
        Column("reason", sa.Text()),
        Primary("id", name="pk_clinic_setting_change"),
    )
    op.create_index("ix_clinic_setting_change_clinic_id_key_at", "clinic_setting_change", ["clinic_id", "key", "at"])
    op.create_table(
        "patient_index",
        needed("patient_id", KEY, ForeignKey("patient.id", name="fk_patient_index_patient_id", ondelete="CASCADE")),
        needed("kind", sa.String(6)),
        needed("digest", sa.String(64)),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_patient_index_clinic_id")),
        Check("kind IN ('record', 'born', 'name')", name="ck_patient_index_kind"),
        Primary("patient_id", "kind", "digest", name="pk_patient_index"),
    )
    op.create_index("ix_patient_index_clinic_id_kind_digest", "patient_index", ["clinic_id", "kind", "digest"])
    op.create_index(
        "uq_patient_index_record",
        "patient_index",
        ["clinic_id", "digest"],
        unique=True,
        sqlite_where=sa.text("kind = 'record'"),
        postgresql_where=sa.text("kind = 'record'"),
    )
    op.create_table(
        "roles_users",
        needed("user_id", sa.Integer(), ForeignKey("user.id", name="fk_roles_users_user_id")),
        needed("role_id", sa.Integer(), ForeignKey("role.id", name="fk_roles_users_role_id")),
        Primary("user_id", "role_id", name="pk_roles_users"),
    )
    op.create_table(
        "visit",
        needed("id", KEY),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_visit_clinic_id")),
        needed("site_id", KEY, ForeignKey("site.id", name="fk_visit_site_id")),
        needed("patient_id", KEY, ForeignKey("patient.id", name="fk_visit_patient_id")),
        needed("clinician_id", sa.Integer(), ForeignKey("user.id", name="fk_visit_clinician_id")),
        needed("scheduled_at", MOMENT),
        needed("created_at", MOMENT),
        Column("created_by", sa.Integer(), ForeignKey("user.id", name="fk_visit_created_by")),
        Column("cancelled_at", MOMENT),
        Column("summary_read_at", MOMENT),
        Column("summary_read_by", sa.Integer(), ForeignKey("user.id", name="fk_visit_summary_read_by")),
        Check("(summary_read_at IS NULL) = (summary_read_by IS NULL)", name="ck_visit_read_by_someone"),
        Primary("id", name="pk_visit"),
    )
    op.create_index("ix_visit_clinic_id_scheduled_at", "visit", ["clinic_id", "scheduled_at"])
    op.create_index("ix_visit_patient_id", "visit", ["patient_id"])
    op.create_table(
        "assessment",
        needed("id", KEY),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_assessment_clinic_id")),
        needed("site_id", KEY, ForeignKey("site.id", name="fk_assessment_site_id")),
        needed("visit_id", KEY, ForeignKey("visit.id", name="fk_assessment_visit_id")),
        needed("patient_id", KEY, ForeignKey("patient.id", name="fk_assessment_patient_id")),
        needed("instrument_id", sa.String(64)),
        needed("instrument_version", sa.String(20)),
        needed("instrument_digest", sa.String(64)),
        needed("scoring_profile", sa.String(20)),
        needed("language", sa.String(16)),
        needed("mode", sa.String(10)),
        needed("state", sa.String(10)),
        Column("respondent", sa.String(10)),
        needed("started_at", MOMENT),
        needed("saved_at", MOMENT),
        Column("submitted_at", MOMENT),
        Column("closed_at", MOMENT),
        Column("closed_by", sa.Integer(), ForeignKey("user.id", name="fk_assessment_closed_by")),
        needed("revision", sa.Integer()),
        needed("document", sa.Text()),
        needed("pages_left", sa.SmallInteger()),
        needed("pages_total", sa.SmallInteger()),
        needed("checkin_mode", sa.String(10)),
        Column("completion", sa.String(10)),
        Column("responded", sa.SmallInteger()),
        Column("overall_twelfths", sa.SmallInteger()),
        Column("core_seconds", sa.Integer()),
        needed("is_synthetic", sa.Boolean()),
        Check("(state = 'partial') = (closed_at IS NOT NULL)", name="ck_assessment_closed_when"),
        Check("closed_by IS NULL OR state = 'partial'", name="ck_assessment_closed_by"),
        Check("(state = 'submitted') = (submitted_at IS NOT NULL)", name="ck_assessment_submitted_when"),
        Check("checkin_mode IN ('triggered', 'always', 'off')", name="ck_assessment_checkin_mode"),
        Check("completion IS NULL OR completion IN ('complete', 'partial', 'empty')", name="ck_assessment_completion"),
        Check("mode IN ('web', 'tablet', 'paper')", name="ck_assessment_mode"),
        Check("respondent IS NULL OR respondent IN ('self', 'helped', 'proxy')", name="ck_assessment_respondent"),
        Check("state = 'draft' OR completion IS NOT NULL", name="ck_assessment_completion_known"),
        Check("state IN ('draft', 'submitted', 'partial')", name="ck_assessment_state"),
        Check("core_seconds IS NULL OR core_seconds >= 0", name="ck_assessment_core_seconds"),
        Check("overall_twelfths IS NULL OR overall_twelfths BETWEEN 0 AND 1200", name="ck_assessment_overall"),
        Check("pages_left BETWEEN 0 AND pages_total", name="ck_assessment_pages"),
        Check("responded IS NULL OR responded BETWEEN 0 AND 21", name="ck_assessment_responded"),
        Check("revision >= 0", name="ck_assessment_revision"),
        Primary("id", name="pk_assessment"),
        Unique("visit_id", name="uq_assessment_visit_id"),
    )
    op.create_index("ix_assessment_clinic_id_submitted_at", "assessment", ["clinic_id", "submitted_at"])
    op.create_index("ix_assessment_patient_id_state", "assessment", ["patient_id", "state"])
    op.create_table(
        "form_link",
        needed("id", KEY),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_form_link_clinic_id")),
        needed("visit_id", KEY, ForeignKey("visit.id", name="fk_form_link_visit_id")),
        needed("salt", sa.String(64)),
        needed("token_hash", sa.String(64)),
        needed("code_hash", sa.String(64)),
        needed("expires_at", MOMENT),
        needed("created_at", MOMENT),
        Column("created_by", sa.Integer(), ForeignKey("user.id", name="fk_form_link_created_by")),
        Column("revoked_at", MOMENT),
        Column("opened_at", MOMENT),
        Primary("id", name="pk_form_link"),
        Unique("clinic_id", "code_hash", name="uq_form_link_clinic_id_code_hash"),
        Unique("token_hash", name="uq_form_link_token_hash"),
    )
    op.create_index("ix_form_link_visit_id", "form_link", ["visit_id"])
    op.create_table(
        "alert",
        needed("id", KEY),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_alert_clinic_id")),
        needed("assessment_id", KEY, ForeignKey("assessment.id", name="fk_alert_assessment_id")),
        needed("patient_id", KEY, ForeignKey("patient.id", name="fk_alert_patient_id")),
        needed("level", sa.String(2)),
        needed("state", sa.String(10)),
        needed("triggers", sa.Text()),
        needed("raised_at", MOMENT),
        needed("opens_at", MOMENT),
        Column("settled_at", MOMENT),
        Column("acknowledged_at", MOMENT),
        Column("acknowledged_by", sa.Integer(), ForeignKey("user.id", name="fk_alert_acknowledged_by")),
        Column("closed_at", MOMENT),
        Check("(state = 'closed') = (closed_at IS NOT NULL)", name="ck_alert_closed_when"),
        Check("(state = 'settled') = (level = 'S1')", name="ck_alert_settled_level"),
        Check("(state = 'settled') = (settled_at IS NOT NULL)", name="ck_alert_settled_when"),
        Check("level IN ('S1', 'S2', 'S3')", name="ck_alert_level"),
        Check("state IN ('waiting', 'open', 'settled', 'closed')", name="ck_alert_state"),
        Check("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="ck_alert_acknowledged_by_someone"),
        Primary("id", name="pk_alert"),
    )
    op.create_index("ix_alert_assessment_id", "alert", ["assessment_id"])
    op.create_index("ix_alert_clinic_id_state_opens_at", "alert", ["clinic_id", "state", "opens_at"])
    op.create_table(
        "assessment_score",
        needed("assessment_id", KEY, ForeignKey("assessment.id", name="fk_assessment_score_assessment_id")),
        *(Column(name, sa.SmallInteger()) for name in (*SUBTHEMES, *MORE_SUBTHEMES)),
        *(column for name in DOMAINS for column in domain_columns(name)),
        needed("safety_level", sa.String(2)),
        Check("safety_level IN ('S0', 'S1', 'S2', 'S3')", name="ck_assessment_score_safety_level"),
        *(in_range(name) for name in (*SUBTHEMES, *MORE_SUBTHEMES, *(f"{domain}_score" for domain in DOMAINS))),
        *(Check(f"{name}_level IN ({LEVELS})", name=f"ck_assessment_score_{name}_level") for name in DOMAINS),
        *(
            Check(f"{name}_wish IS NULL OR {name}_wish IN ({WISHES})", name=f"ck_assessment_score_{name}_wish")
            for name in DOMAINS
        ),
        Primary("assessment_id", name="pk_assessment_score"),
    )
    op.create_table(
        "web_session",
        needed("id_hash", sa.String(64)),
        needed("kind", sa.String(10)),
        Column("user_id", sa.Integer(), ForeignKey("user.id", name="fk_web_session_user_id", ondelete="CASCADE")),
        needed("data", sa.Text()),
        needed("created_at", MOMENT),
        needed("last_used_at", MOMENT),
        needed("expires_at", MOMENT),
        Check("(kind = 'staff') = (user_id IS NOT NULL)", name="ck_web_session_staff_has_user"),
        Check("kind IN ('staff', 'patient', 'anonymous')", name="ck_web_session_kind"),
        Primary("id_hash", name="pk_web_session"),
    )
    op.create_index("ix_web_session_expires_at", "web_session", ["expires_at"])
    op.create_index("ix_web_session_user_id", "web_session", ["user_id"])
    op.create_table(
        "alert_event",
        needed("id", KEY),
        needed("alert_id", KEY, ForeignKey("alert.id", name="fk_alert_event_alert_id")),
        needed("clinic_id", KEY, ForeignKey("clinic.id", name="fk_alert_event_clinic_id")),
        needed("at", MOMENT),
        needed("kind", sa.String(20)),
        needed("level", sa.String(2)),
        needed("detail", sa.Text()),
        Column("by", sa.Integer(), ForeignKey("user.id", name="fk_alert_event_by")),
        Check("level IN ('S0', 'S1', 'S2', 'S3')", name="ck_alert_event_level"),
        Check(f"kind IN ({KINDS})", name="ck_alert_event_kind"),
        Primary("id", name="pk_alert_event"),
    )
    op.create_index("ix_alert_event_alert_id", "alert_event", ["alert_id"])
    refuse_changes()


def downgrade() -> None:
    for table in (*LAST, *MIDDLE, *FIRST):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def needed(name: str, *rest: Any, **more: Any) -> Column[Any]:
    return Column(name, *rest, nullable=False, **more)


def Check(rule: str, *, name: str) -> sa.CheckConstraint:  # noqa: N802 (it stands where a constraint stands)
    # A plain name would be prefixed once more by the naming convention.
    return sa.CheckConstraint(rule, name=op.f(name))


def domain_columns(name: str) -> tuple[Column[Any], ...]:
    return (
        Column(f"{name}_level", sa.String(16), nullable=False),
        Column(f"{name}_score", sa.SmallInteger()),
        Column(f"{name}_wish", sa.String(10)),
    )


def in_range(name: str) -> sa.CheckConstraint:
    return Check(f"{name} IS NULL OR {name} BETWEEN 0 AND 1200", name=f"ck_assessment_score_{name}")


def refuse_changes() -> None:
    """Let the database itself keep what is only ever added to."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME; END $$"
        )
    for table in NEVER_EDITED:
        for action in ("UPDATE", "DELETE"):
            body = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgresql
                else f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
            )
            op.execute(f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} {body}")
