"""Out of the house: messages, and files for other readers than this workspace."""
