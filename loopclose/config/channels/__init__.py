"""What may be configured of the ways by which a letter leaves, a module each."""
