"""Statistics of the questionnaire itself, from answers without names; needs the extra `analysis`."""
