"""The bot: pure rules in `core`, and the edges that meet Slack, WebNet and the clock."""
