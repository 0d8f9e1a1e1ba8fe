"""The same rows on every machine: nothing here is random, and nothing is taken from a clock."""

from . import goods, people

__all__ = ["goods", "people"]
