"""The metrics, as the field defines them. Pure functions; each names its source."""
