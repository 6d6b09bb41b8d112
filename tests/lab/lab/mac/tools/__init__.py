"""The commands of a simulated Mac, one module each with ``main(arguments) -> status``."""
