"""Plans written down: one module for each form."""
