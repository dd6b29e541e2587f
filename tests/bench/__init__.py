"""Measures the movies pipeline on this machine; `make bench` runs it."""
