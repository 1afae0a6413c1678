"""Turn core objects into what other systems read."""
