"""What Ollama starts to run a model."""
