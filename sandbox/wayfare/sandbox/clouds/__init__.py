"""Each cloud's own rules, beyond the schema of its SDK."""
