"""Medley's jobs: one folder for each pipeline, `lakehouse` beneath them all."""

__version__ = "0.1.0"
