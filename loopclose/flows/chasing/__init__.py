"""When the side of a referrer asks where a report is."""
