"""What the lab runs and does not write itself, built once into a cache outside the checkout."""
