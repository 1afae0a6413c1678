"""Tables of filled-in forms: one encrypted document each, and its scores as plain columns."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db.base import Base, Id, Moment
from clinic.db.crypto import EncryptedJSON

# In the order of the paper's Table 1; scores are in twelfths of a point, so that thirds and quarters stay exact.
SUBTHEMES = (
    "emo",
    "cop",
    "slf",
    "dly",
    "prg",
    "qoc",
    "acc",
    "rel",
    "med",
    "alt",
    "adh",
    "rcv",
    "stg",
    "sup",
    "und",
    "ext",
)
DOMAINS = ("accessibility", "adherence", "stigma", "support")
CORE_ITEMS = 21
WISHES = "'now', 'later', 'no', 'PNA'"
LEVELS = "'none', 'watch', 'gap', 'priority_gap', 'insufficient', 'not_applicable'"


class Assessment(Base):
    """One form of one visit; `document` holds all that was answered, `revision` counts its saves.

    `closed_by` is who used what was there of a partial one; it is None where no person did.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'submitted', 'partial')", name="state"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_when"),
        CheckConstraint("(state = 'partial') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("closed_by IS NULL OR state = 'partial'", name="closed_by"),
        CheckConstraint("mode IN ('web', 'tablet', 'paper')", name="mode"),
        CheckConstraint("respondent IS NULL OR respondent IN ('self', 'helped', 'proxy')", name="respondent"),
        CheckConstraint("checkin_mode IN ('triggered', 'always', 'off')", name="checkin_mode"),
        CheckConstraint("completion IS NULL OR completion IN ('complete', 'partial', 'empty')", name="completion"),
        CheckConstraint("state = 'draft' OR completion IS NOT NULL", name="completion_known"),
        CheckConstraint("revision >= 0", name="revision"),
        CheckConstraint("pages_left BETWEEN 0 AND pages_total", name="pages"),
        CheckConstraint("overall_twelfths IS NULL OR overall_twelfths BETWEEN 0 AND 1200", name="overall"),
        CheckConstraint(f"responded IS NULL OR responded BETWEEN 0 AND {CORE_ITEMS}", name="responded"),
        CheckConstraint("core_seconds IS NULL OR core_seconds >= 0", name="core_seconds"),
        Index(None, "patient_id", "state"),
        Index(None, "clinic_id", "submitted_at"),
        # Few forms are closed by the clinic, and trends look for those of one period.
        Index(
            "ix_assessment_closed",
            "clinic_id",
            "closed_at",
            sqlite_where=text("closed_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    instrument_id: Mapped[str] = mapped_column(String(64))
    instrument_version: Mapped[str] = mapped_column(String(20))
    instrument_digest: Mapped[str] = mapped_column(String(64))
    scoring_profile: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    respondent: Mapped[str | None] = mapped_column(String(10))
    started_at: Mapped[Moment]
    saved_at: Mapped[Moment]
    submitted_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revision: Mapped[int]
    document: Mapped[Any] = mapped_column(EncryptedJSON())
    pages_left: Mapped[int] = mapped_column(SmallInteger)
    pages_total: Mapped[int] = mapped_column(SmallInteger)
    checkin_mode: Mapped[str] = mapped_column(String(10))
    completion: Mapped[str | None] = mapped_column(String(10))
    responded: Mapped[int | None] = mapped_column(SmallInteger)
    overall_twelfths: Mapped[int | None] = mapped_column(SmallInteger)
    core_seconds: Mapped[int | None]
    is_synthetic: Mapped[bool]


def _twelfths() -> Mapped[int | None]:
    return mapped_column(SmallInteger)


def _level() -> Mapped[str]:
    return mapped_column(String(16))


def _wish() -> Mapped[str | None]:
    return mapped_column(String(10))


class AssessmentScore(Base):
    """The scores of one assessment, written when it is submitted or closed; None stands for no score."""

    __tablename__ = "assessment_score"
    __table_args__ = (
        *(CheckConstraint(f"{one} IS NULL OR {one} BETWEEN 0 AND 1200", name=one) for one in SUBTHEMES),
        *(
            CheckConstraint(f"{one}_score IS NULL OR {one}_score BETWEEN 0 AND 1200", name=f"{one}_score")
            for one in DOMAINS
        ),
        *(CheckConstraint(f"{one}_level IN ({LEVELS})", name=f"{one}_level") for one in DOMAINS),
        *(CheckConstraint(f"{one}_wish IS NULL OR {one}_wish IN ({WISHES})", name=f"{one}_wish") for one in DOMAINS),
        CheckConstraint("safety_level IN ('S0', 'S1', 'S2', 'S3')", name="safety_level"),
    )

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    emo: Mapped[int | None] = _twelfths()
    cop: Mapped[int | None] = _twelfths()
    slf: Mapped[int | None] = _twelfths()
    dly: Mapped[int | None] = _twelfths()
    prg: Mapped[int | None] = _twelfths()
    qoc: Mapped[int | None] = _twelfths()
    acc: Mapped[int | None] = _twelfths()
    rel: Mapped[int | None] = _twelfths()
    med: Mapped[int | None] = _twelfths()
    alt: Mapped[int | None] = _twelfths()
    adh: Mapped[int | None] = _twelfths()
    rcv: Mapped[int | None] = _twelfths()
    stg: Mapped[int | None] = _twelfths()
    sup: Mapped[int | None] = _twelfths()
    und: Mapped[int | None] = _twelfths()
    ext: Mapped[int | None] = _twelfths()
    accessibility_level: Mapped[str] = _level()
    accessibility_score: Mapped[int | None] = _twelfths()
    accessibility_wish: Mapped[str | None] = _wish()
    adherence_level: Mapped[str] = _level()
    adherence_score: Mapped[int | None] = _twelfths()
    adherence_wish: Mapped[str | None] = _wish()
    stigma_level: Mapped[str] = _level()
    stigma_score: Mapped[int | None] = _twelfths()
    stigma_wish: Mapped[str | None] = _wish()
    support_level: Mapped[str] = _level()
    support_score: Mapped[int | None] = _twelfths()
    support_wish: Mapped[str | None] = _wish()
    safety_level: Mapped[str] = mapped_column(String(2))
