"""A pipeline for the tests of the core: a shop's orders."""
