"""The embedded default model, joined of published base weights and parts that core.lab trained."""
