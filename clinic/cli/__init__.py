"""The `clinic` command: thin commands over the core, the instruments and the services."""
