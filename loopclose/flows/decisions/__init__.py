"""What people decide, and what follows from it."""
