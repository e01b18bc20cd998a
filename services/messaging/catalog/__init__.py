"""Lists and search: documents derived from the log, by which a person's conversations and messages are found."""
