"""The packages that only evaluation needs, checked before hours of work are lost to a missing one."""

from importlib.util import find_spec

from core.errors import EvaluationError


def require(*packages: str) -> None:
    """Raise EvaluationError for the first of these packages that is not installed."""
    for package in packages:
        if find_spec(package) is None:
            raise EvaluationError("package_missing", package=package)
