"""Bad input and attacks, over all four services together."""
