"""A small helper for the notebooks: arXiv announcements to scored papers, digests and trends."""
