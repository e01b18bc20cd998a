"""What presence keeps in Valkey, one file for each kind of thing."""
