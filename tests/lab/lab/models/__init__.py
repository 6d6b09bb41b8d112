"""Tiny models with random weights: real enough for Ollama to pull, load, chat and embed with, small enough for a test."""
