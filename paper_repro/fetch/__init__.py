"""What to fetch of the paper's archives, by the rule the patch builder uses."""
