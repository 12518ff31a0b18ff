"""Pictures of things, fetched from package registries."""
