"""A fleet of simulated Macs, a tailnet and a model registry on one Linux machine."""
