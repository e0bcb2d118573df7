"""What happens: sync, draft, decide, nightly. A flow gets the database, a clock and its ports passed in.

No network call happens inside a transaction; writes are one short transaction a batch.
"""
