"""Stand-ins for WebNet and Slack, to try the bot on and to test it against."""
