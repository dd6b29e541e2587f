"""Measures the pipelines on this machine; `make bench` runs it.

What is measured of each lies beside its tests, in `tests/jobs/<pipeline>/bench.py`.
"""
