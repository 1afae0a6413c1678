"""Draw the printed pages from core objects."""
