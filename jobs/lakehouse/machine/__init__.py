"""What this machine brings: Java, its jars, a Spark session."""
