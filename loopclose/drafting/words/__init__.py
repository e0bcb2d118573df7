"""What the words of a document, or of a field, are, whatever its form; it knows of no notes and no papers."""
