"""Reviews many deployments at once: what their logs and records tell, and what they cannot tell."""
