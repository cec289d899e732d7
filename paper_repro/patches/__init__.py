"""Room 3: observations and photographs to patch sets."""
