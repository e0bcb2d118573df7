"""Judging: charts out of the store through the rules into what is owed."""
