"""The page: overview, verdict, tables, figures, explorer of the patches, provenance."""
