"""Proves pages: evidence, obligations, records, and what a run must prove again."""
