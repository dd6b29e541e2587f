"""Where tables and files lie, and who may write them."""
