"""FHIR Bulk Data Access: an export begun, waited for, and taken file by file (https://hl7.org/fhir/uv/bulkdata)."""
