"""Types of columns that mean the same on both databases."""

from typing import Final

from sqlalchemy import BigInteger, Integer

BIG_ID: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A number that counts rows for ever: 64 bits on PostgreSQL; SQLite's own row id, which has as many, is an Integer."""
