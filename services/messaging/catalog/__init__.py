"""The caller's view over conversations: lists, search, stars."""
