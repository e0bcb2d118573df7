"""What may be configured of the ways by which letters leave, a module each; tables by practice."""
