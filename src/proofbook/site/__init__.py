"""Makes the site tell what the records allow, and no more."""
