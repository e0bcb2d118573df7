"""What is well, what is not, and what to do: asked in one place, for ``loopclose doctor`` and the page Health."""
