"""How the id of a row is written in a route; a longer number is no id, and the databases disagree on what it is."""

ROW = "int(max=9223372036854775807)"
