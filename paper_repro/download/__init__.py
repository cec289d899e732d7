"""Bytes from anywhere, whole and verified: HTTP, resume, checksums, unpacking, the ledger. Knows no planet."""
