"""Weekly charts of several providers as one: what moves in them, and what comes next."""
