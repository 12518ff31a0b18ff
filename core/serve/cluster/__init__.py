"""The API on many machines: Ray Serve keeps replicas of the engine, and sends a clip to one of them."""
