"""Films, who rates them and what to watch next. Read `flow.py` first."""
