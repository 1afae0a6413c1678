"""Random but valid answer sets of the real instrument, for the properties that must always hold."""

from hypothesis import strategies as st

from clinic.core.answers import AnswerSet
from clinic.core.instrument import NO_ANSWER, NO_PICK, NOT_APPLICABLE, Instrument
from clinic.instruments.catalogue import current

INSTRUMENT: Instrument = current()

raw_answers = st.one_of(st.none(), st.sampled_from([0, 1, 2, 3, 4, NOT_APPLICABLE, NO_ANSWER]), st.integers(0, 4))
answers = st.fixed_dictionaries(dict.fromkeys(INSTRUMENT.items, raw_answers))
ticks = st.frozensets(st.sampled_from(sorted(INSTRUMENT.tickable)), max_size=25)
_picks = st.lists(st.sampled_from([one for one in INSTRUMENT.picks if one != NO_PICK]), unique=True, max_size=3)
picks = st.one_of(st.just((NO_PICK,)), _picks.map(tuple))
words = st.sampled_from(["", "a good week", "I want to die", "no quiero vivir", "the rides are hard", "ñandú 🙂"])
texts = st.dictionaries(st.sampled_from(sorted(INSTRUMENT.text_limits)), words.filter(bool), max_size=4)
wishes = st.dictionaries(st.sampled_from(sorted(INSTRUMENT.domains)), st.sampled_from(INSTRUMENT.wishes))
checkins = st.one_of(st.none(), st.sampled_from(INSTRUMENT.safety.checkin_options))
respondents = st.one_of(st.none(), st.sampled_from(INSTRUMENT.respondents))

answer_sets = st.builds(
    AnswerSet,
    answers=answers,
    ticks=ticks,
    picks=picks,
    checkin=checkins,
    wishes=wishes,
    respondent=respondents,
    texts=texts,
)
