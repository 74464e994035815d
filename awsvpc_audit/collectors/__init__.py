"""Reads an AWS account: declared operations, a runner, and a session that refuses to write."""
