"""Example clips and the trained parts of the compact model."""
