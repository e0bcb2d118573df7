"""FHIR R4 over HTTP: the wire, the facts read from it, and what each vendor does differently.

Knows nothing of obligations, deadlines, SQL or Flask.
"""
