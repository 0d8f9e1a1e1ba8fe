"""Reads pages: their text, their rules, and what of them is known by its text."""
