"""The only package that knows WebNet's REST API."""
