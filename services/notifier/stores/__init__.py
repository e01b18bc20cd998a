"""What the notifier keeps in MongoDB, one file for each collection."""
