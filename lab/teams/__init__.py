"""An emulated Microsoft Teams: tenants, channels and chats, Microsoft's login with real RS256 tokens, every limit enforced."""

from lab.teams.server import BOT_URL, TeamsLab
from lab.teams.serving import serve
from lab.teams.signing import Signer, signed

__all__ = ["BOT_URL", "Signer", "TeamsLab", "serve", "signed"]
