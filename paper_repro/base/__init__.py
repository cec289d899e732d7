"""Ground floor: files, provenance, runs and profiles, progress, workers, errors. Knows no paper and no planet."""
