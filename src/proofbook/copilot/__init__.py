"""Writes what coding agents read: instructions, skills and an index, all derived from pages and lessons."""
