"""The main application of every Spark job; its arguments are those of `medley`."""

from jobs.cli import main

main()
