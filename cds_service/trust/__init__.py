"""Who may call: trusted issuers, their keys, and the token of one call (R90 to R98)."""
