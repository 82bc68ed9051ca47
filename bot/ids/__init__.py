"""The shapes of the chats' ids and secrets, and what a workspace of each chat has. Pure, and known without loading a chat."""
