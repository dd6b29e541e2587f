"""How outside data reaches the landing zone."""
