from drf_spectacular.openapi import AutoSchema as ProblemAutoSchema  # noqa: F401
