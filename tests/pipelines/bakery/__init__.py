"""A pipeline for the tests of the core: a bakery that learns what it sells."""
