"""The optional HTTP adapter: Slack's and WebNet's webhooks, the management API, health and metrics. Imported only when
`http.enabled`, because it alone needs FastAPI, uvicorn and Prometheus' client."""
