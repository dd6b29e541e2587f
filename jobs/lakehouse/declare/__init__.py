"""What flows declare, as plain data; nothing here imports more than the standard library."""
