"""Real servers on loopback, started from a folder: for the local distributed run, the tests and the drills."""
