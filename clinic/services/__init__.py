"""Hold the use cases: they take a session and a time, return core objects and never commit."""
