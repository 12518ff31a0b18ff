"""Pooled features of a clip, the temporal module, and the store on disk."""
