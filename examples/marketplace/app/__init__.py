"""The back end of a small marketplace."""
