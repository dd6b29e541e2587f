"""The commands of `medley`, a module for each group.

What a command needs is imported when it runs, so that help and errors come at once.
"""
