"""The typed snapshot: AWS's own shapes and words, immutable, no input or output."""
