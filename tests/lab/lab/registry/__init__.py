"""The model registry of the lab's internet."""
