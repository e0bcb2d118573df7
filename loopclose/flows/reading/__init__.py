"""Reading the EHR into the store: what is fetched, kept, counted, and where the next read begins."""
