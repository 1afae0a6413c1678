"""Hold the published questionnaires and read them into checked, immutable objects."""
