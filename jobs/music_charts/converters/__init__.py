"""Turns packaged charts into the files that their sources have."""
