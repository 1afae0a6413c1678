"""Answer HTTP requests with thin views."""
