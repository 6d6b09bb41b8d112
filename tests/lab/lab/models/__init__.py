"""Tiny models with random weights: Ollama pulls, loads, chats and embeds with them as with any others."""
