"""The rules: pure functions over facts. Time is passed in; nothing here reads a clock, a file or a table."""
