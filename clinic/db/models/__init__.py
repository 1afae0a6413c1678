"""Every table, by the name of its model."""

from clinic.db.models.account import Role, User
from clinic.db.models.alert import Alert, AlertEvent
from clinic.db.models.assessment import SUBTHEMES, Assessment, AssessmentScore
from clinic.db.models.clinic import (
    Clinic,
    ClinicSetting,
    ClinicSettingChange,
    KeyCheck,
    ScoringProfile,
    Site,
)
from clinic.db.models.patient import Patient, PatientIndex
from clinic.db.models.session import WebSession
from clinic.db.models.visit import FormLink, Visit

__all__ = [
    "SUBTHEMES",
    "Alert",
    "AlertEvent",
    "Assessment",
    "AssessmentScore",
    "Clinic",
    "ClinicSetting",
    "ClinicSettingChange",
    "FormLink",
    "KeyCheck",
    "Patient",
    "PatientIndex",
    "Role",
    "ScoringProfile",
    "Site",
    "User",
    "Visit",
    "WebSession",
]
