"""Hold the pure rules of the questionnaire: scoring, gaps, safety, path and the one page."""
