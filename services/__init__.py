"""The four services and the chassis that they stand on."""
