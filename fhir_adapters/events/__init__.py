"""What an EHR tells by itself: that something happened, and the proof that it was the EHR who told it."""
