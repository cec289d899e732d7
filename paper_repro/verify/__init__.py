"""Room 8: reproduced against published."""
