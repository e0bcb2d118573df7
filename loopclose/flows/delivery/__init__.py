"""Letters on their way: planned, handed over, followed up, and what people and recipients say of them."""
