"""Every table, by the name of its model."""

from clinic.db.models.account import Role, User
from clinic.db.models.agreement import Agreement, CopyLink, Resource, SymptomNote
from clinic.db.models.alert import Alert, AlertAction, AlertEvent
from clinic.db.models.assessment import SUBTHEMES, Assessment, AssessmentScore
from clinic.db.models.clinic import (
    Clinic,
    ClinicSetting,
    ClinicSettingChange,
    KeyCheck,
    ScoringProfile,
    Site,
)
from clinic.db.models.outbox import Outbox, WorkerRun
from clinic.db.models.patient import Patient, PatientIndex
from clinic.db.models.report import InstrumentReport
from clinic.db.models.session import WebSession
from clinic.db.models.trend import TrendCount, TrendView
from clinic.db.models.visit import FormLink, Visit

__all__ = [
    "SUBTHEMES",
    "Agreement",
    "Alert",
    "AlertAction",
    "AlertEvent",
    "Assessment",
    "AssessmentScore",
    "Clinic",
    "ClinicSetting",
    "ClinicSettingChange",
    "CopyLink",
    "FormLink",
    "InstrumentReport",
    "KeyCheck",
    "Outbox",
    "Patient",
    "PatientIndex",
    "Resource",
    "Role",
    "ScoringProfile",
    "Site",
    "SymptomNote",
    "TrendCount",
    "TrendView",
    "User",
    "Visit",
    "WebSession",
    "WorkerRun",
]
