"""Writes what a new pipeline begins with."""
