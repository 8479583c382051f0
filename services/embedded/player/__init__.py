"""Plays whole campaigns, written down as scenario files, through the public doors of a running Chorus."""
