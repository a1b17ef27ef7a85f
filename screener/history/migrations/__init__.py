"""Migrations of the history store, applied when it is opened."""
