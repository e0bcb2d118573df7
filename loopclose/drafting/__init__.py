"""Facts into papers: the consult note and the prescription sheet, every sentence with its sources."""
