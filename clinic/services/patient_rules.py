"""What may be written about a patient and a visit, wherever it comes from: a form or a file."""

import re

RECORD_NUMBER_CHARS, NAME_CHARS, EMAIL_CHARS = 40, 120, 254
OLDEST_YEARS = 120
FARTHEST_DAYS = 730
PHONE = re.compile(r"[0-9+()/.\- ]{5,30}\Z")
