"""The only room that knows WebNet's REST API."""
