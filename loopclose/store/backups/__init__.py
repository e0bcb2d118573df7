"""Copies of the whole database, and putting them back: a module a kind of database."""
