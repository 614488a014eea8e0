"""Stores source and result bytes by their SHA-256, in files or in S3."""
