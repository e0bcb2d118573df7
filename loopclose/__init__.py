"""Loopclose: one report to the referring physician for every referred visit, before the patient gets back."""
