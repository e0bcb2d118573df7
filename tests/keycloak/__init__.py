"""SMART Backend Services against Keycloak, a second sign-in that knows nothing of the first: run before a release."""
