"""Who is here, which browser tab is focused, and what it shows."""
