"""The lake as SQL sees it: by DuckDB on this machine, by Trino on a cluster."""
