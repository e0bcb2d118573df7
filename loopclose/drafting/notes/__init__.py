"""The notes of a visit: their words in whatever form, cut into sections, and which of them count."""
