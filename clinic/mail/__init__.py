"""Send messages out."""
