"""The API of a small shop."""
