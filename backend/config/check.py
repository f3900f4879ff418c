"""python -m backend.config.check: says what is wrong in the backend's environment, a line each, and exits with 2."""

import sys

from django.core.exceptions import ImproperlyConfigured


def main() -> int:
    """The exit code."""
    try:
        import backend.environment  # noqa: F401  (it is read as it is imported)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
