"""Room 6: the paper's runs."""
