"""The rows of the API, by noun."""
