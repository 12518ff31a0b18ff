"""The API's server, for the health check."""

from tests.serve.conftest import server

__all__ = ["server"]
