"""Web Push: RFC 8030 to the push services of browsers, encrypted (RFC 8291) and signed (RFC 8292)."""
