"""The corridor that all pipelines share. Nothing in here knows a pipeline."""
