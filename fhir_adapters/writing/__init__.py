"""What we write into an EHR: strict resources, each with our mark, and the requests that create them."""
