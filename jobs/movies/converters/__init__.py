"""Turns packaged films into the files that their sources have."""
