"""Artists, their songs and how these sound. Read `flow.py` first."""
