"""Evaluators: each runs the snippets of one language in a sandbox."""
