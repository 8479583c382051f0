"""Escalation ladders as data, how they are read, and what they advise."""
