"""Hold the tables, the queries and the one place that limits them to a clinic."""
