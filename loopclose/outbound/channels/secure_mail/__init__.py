"""Letters by encrypted e-mail (S/MIME), Direct messages among them: how one is made, and what its answers say."""
