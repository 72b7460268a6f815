"""What `make bench` runs: how good and how fast, measured and never asserted."""
