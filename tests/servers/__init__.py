"""Stand-ins for the services that a digest talks to, and the synthetic days that they serve."""
