"""The checks: one module each, in families of the catalogue."""
