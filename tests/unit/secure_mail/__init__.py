"""Letters by encrypted e-mail: made, sent, and what is read of the answers; nothing here needs more than Python."""
