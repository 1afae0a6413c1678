"""The blueprint on which every view of the patient's form is registered."""

from flask import Blueprint

bp = Blueprint("patient", __name__)
