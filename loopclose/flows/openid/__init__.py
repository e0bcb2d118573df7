"""Signing in by a provider's word: where to send the browser, what its answer proves, and whose account that is."""
