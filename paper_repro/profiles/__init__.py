"""A run: its profile, the user's requests, where files go, and what made them."""
