"""The night: who is told what, and the seal of the audit."""
