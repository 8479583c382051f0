"""Plays published complaints of real people through the public API, one campaign a company."""
