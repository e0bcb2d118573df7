"""Whether what reads outside text takes time in proportion to its length: the measure, and where patterns are."""
