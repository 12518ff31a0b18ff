"""The embedded default: EfficientNet-Lite2 and SmolLM2-135M-Instruct, joined by parts trained here."""
