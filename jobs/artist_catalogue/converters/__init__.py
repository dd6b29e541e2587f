"""Turns packaged tracks into the documents that the crawler lands."""
