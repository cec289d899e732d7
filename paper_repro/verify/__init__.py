"""Room 8: the results held against the paper and against those recorded before."""
