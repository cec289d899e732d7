"""The report: one page with the verdict, tables and figures beside the paper's, and a map of the patches."""
