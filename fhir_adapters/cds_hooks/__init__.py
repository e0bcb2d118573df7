"""CDS Hooks: an EHR asks for cards while somebody works in it (https://cds-hooks.hl7.org)."""
