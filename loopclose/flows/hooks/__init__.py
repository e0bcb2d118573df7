"""Cards in the EHR (CDS Hooks): what is owed about the patient whom somebody has open there."""
