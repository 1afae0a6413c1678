"""Measure how hard words are to read: Flesch-Kincaid for English, Fernández Huerta for Spanish."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import pyphen

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE = re.compile(r"[.!?:;\n]+")
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
# A y before a vowel is a consonant. A final e, es or ed is silent, but for -le, and after the sounds of dose and date.
_ENGLISH_VOWELS = re.compile(r"y(?![aeiou])|[aeiou]+y?")
_SILENT = re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouycgsxzh])es$|(?<=[^aeiouydt])ed$")
# Strong vowels and accented weak ones are a syllable each; weak ones join them. The u of que and gui is silent.
_SPANISH_VOWELS = re.compile(r"[iuü]*[aeoáéóíú](?:[iuü]|y\b)*|[iuü]+(?:y\b)?|y\b")
_SPANISH_SILENT = re.compile(r"(?<=[qg])u(?=[eéií])")


@dataclass(frozen=True, slots=True)
class Formula:
    """A readability formula: `score` of a text, and the school `grade` that a score stands for."""

    name: str
    score: Callable[[str], float]
    grade: Callable[[float], float]


def english_syllables(word: str) -> int:
    """Return about how many syllables an English word has: pyphen's parts, and in each its vowel sounds."""
    parts = _english().inserted(word.lower(), "|").split("|")
    return max(sum(_sounds(part) for part in parts), 1)


def spanish_syllables(word: str) -> int:
    """Return how many syllables a Spanish word has."""
    return max(len(_SPANISH_VOWELS.findall(_SPANISH_SILENT.sub("", word.lower()))), 1)


def flesch_kincaid(text: str) -> float:
    """Return the Flesch-Kincaid grade: years of school in the United States (Kincaid et al. 1975)."""
    syllables, words = _rates(text, english_syllables)
    return 0.39 * words + 11.8 * syllables - 15.59


def fernandez_huerta(text: str) -> float:
    """Return the Fernández Huerta score, about 0 to 100, higher = easier (Fernández Huerta 1959)."""
    syllables, words = _rates(text, spanish_syllables)
    return 206.84 - 60 * syllables - 1.02 * words


def huerta_grade(score: float) -> float:
    """Return the last school grade of the band in which a Fernández Huerta score lies (his own table)."""
    bands = ((90, 4), (80, 5), (70, 6), (60, 8), (50, 12))
    return next((grade for least, grade in bands if score >= least), 13)


FORMULAS: Mapping[str, Formula] = {
    "en": Formula("Flesch-Kincaid grade", flesch_kincaid, lambda score: score),
    "es": Formula("Fernández Huerta, 0-100, higher = easier", fernandez_huerta, huerta_grade),
}


@cache
def _english() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_US")


def _sounds(part: str) -> int:
    return max(len(_ENGLISH_VOWELS.findall(_SILENT.sub("", part))), 1 if re.search("[aeiouy]", part) else 0)


def _rates(text: str, count: Callable[[str], int]) -> tuple[float, float]:
    # What a page fills in is not ours to measure, and a list of channels is not a sentence.
    spoken = _PLACEHOLDER.sub("", text)
    words = _WORD.findall(spoken)
    if not words:
        return 0.0, 0.0
    sentences = sum(1 for part in _SENTENCE.split(spoken) if _WORD.search(part))
    return sum(map(count, words)) / len(words), len(words) / sentences
