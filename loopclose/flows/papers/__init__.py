"""Papers: gathering what a visit left in the chart, and drafting."""
