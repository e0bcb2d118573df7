"""Signing in to an EHR by SMART Backend Services: a signed assertion is changed into a token that lives for minutes.

https://hl7.org/fhir/smart-app-launch/backend-services.html
"""
