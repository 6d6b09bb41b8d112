"""Homebrew of a simulated Mac: three formulae, whose programs are the lab's own builds."""
