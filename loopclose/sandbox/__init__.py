"""The demo EHR: a made-up specialist practice in four styles, served over FHIR. Imports nothing of Loopclose."""
