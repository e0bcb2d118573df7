"""Ways of finding the visits of a practice on one EHR, one module each."""
