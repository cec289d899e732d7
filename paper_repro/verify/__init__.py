"""The results held against the paper, and against those recorded before."""
