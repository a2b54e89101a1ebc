"""The OpenAPI description: bearer sign-in, the Idempotency-Key header, one Problem schema for every refusal."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter
from rest_framework import serializers

from core.problems import CODES, MEDIA_TYPE

KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": r"^[A-Za-z0-9._:-]{16,128}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="New for each thing you want done, the same on every repeat of it. The first answer is replayed, "
    "byte for byte, with `Idempotency-Replayed: true`.",
)
DESCRIPTIONS = {
    "304": "Not changed since the ETag you sent",
    "400": "The request is malformed or a value cannot be used",
    "401": "No access token, or it is not valid any more",
    "404": "Absent, or somebody else's: the two are never told apart",
    "409": "Not possible in this state, or the first request with this key is still running (`Retry-After`)",
    "413": "The body is larger than 32 KiB",
    "415": "The body is not application/json",
    "422": "Understood but not possible, or the Idempotency-Key belongs to another request",
    "429": "Too many tries (`Retry-After`)",
    "500": "Our mistake; repeat with the same key, nothing is done twice",
}


class FieldErrorBody(serializers.Serializer):  # type: ignore[type-arg]
    field = serializers.CharField(help_text="Path in the body, `items.0.quantity`; empty: the whole.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemBody(serializers.Serializer):  # type: ignore[type-arg]
    """RFC 9457. Decide by `code`; show `detail` to people. Some codes add members, such as `poll` or `max_minor`."""

    type = serializers.CharField(help_text="`/problems/<code>`, stable.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="One sentence with a next step.")
    code = serializers.ChoiceField(choices=CODES)
    instance = serializers.CharField(help_text="The path that was asked for.")
    correlation_id = serializers.CharField(help_text="Quote it when you ask us.")
    errors = FieldErrorBody(many=True, required=False)  # type: ignore[assignment]


class ProblemAutoSchema(AutoSchema):
    """Adds to every operation the refusals that it can answer with; the views declare only what they do."""

    def _get_serializer_name(self, serializer: Any, direction: Direction, bypass_extensions: bool = False) -> str:
        """`PaymentOut` is Payment to its readers, `PaymentIn` PaymentRequest."""
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return re.sub(r"^Payable|(?<=[a-z])(Out|In|Body)(?=Request$|$)", "", name)

    def get_description(self) -> str:  # type: ignore[override]
        """What a view says of itself; not what its base class tells programmers."""
        return str(vars(type(self.view)).get("__doc__") or "")

    def get_override_parameters(self) -> list[Any]:
        return [KEY_PARAMETER] if self._wants_key() else []

    def _wants_key(self) -> bool:
        return bool(getattr(self.view, "wants_key", False)) and self.method == "POST"

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if getattr(self.view, "schema_of_ours", True) is False:
            return bodies
        component = self.resolve_serializer(ProblemBody, "response")
        for status in self._refusals():
            bodies[status] = {
                "description": DESCRIPTIONS[status],
                "content": {MEDIA_TYPE: {"schema": component.ref}},
            }
        return dict(sorted(bodies.items()))

    def _refusals(self) -> list[str]:
        refusals = ["401", "500"]
        if "{" in self.path or getattr(self.view, "body_names_rows", False):
            refusals.append("404")
        if self.method in ("POST", "PATCH"):
            refusals += ["400", "409", "413", "415", "422"]
            if getattr(self.view, "has_a_limit", False):
                refusals.append("429")
        elif self.method == "DELETE":
            refusals += ["400", "413", "415"]
        elif getattr(self.view, "pagination_class", None):
            refusals.append("400")
        return refusals


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "allauth.headless.contrib.rest_framework.authentication.JWTTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`meta.access_token` of POST /_allauth/app/v1/auth/login",
        }


def query_flag(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.BOOL, OpenApiParameter.QUERY, description=description)


def path_id(name: str, prefix: str) -> OpenApiParameter:
    """A public id in the address, such as `ord_` and 22 letters and digits."""
    shape = {"type": "string", "pattern": f"^{prefix}_[0-9A-Za-z]{{22}}$"}
    return OpenApiParameter(name, shape, OpenApiParameter.PATH)
