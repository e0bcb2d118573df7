"""The ways by which a letter leaves, a module each: what is sent, how, and what that proves."""
