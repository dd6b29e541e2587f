"""Measures the pipelines on this machine; `make bench` runs it."""
