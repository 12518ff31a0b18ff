"""The web page: one visitor, one clip, one conversation, in English or Chinese."""
