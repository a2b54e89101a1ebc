"""One signed call to Antom and its verified answer (antom.md 1.3 to 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from core import ports
from payments.gateways import http
from payments.gateways.antom import signing
from payments.gateways.antom.document import Document, Unreadable, encode
from payments.gateways.antom.operations import Operation, path_of
from payments.gateways.antom.result import Reply, read_answer
from payments.gateways.base import BadSignature, NotAttempted, Unknown


@dataclass(frozen=True, slots=True)
class Wire:
    """Where one client speaks to and with which keys. Keys are never part of its repr."""

    base_url: str
    client_id: str
    private_key: RSAPrivateKey = field(repr=False)
    public_keys: Mapping[str, RSAPublicKey] = field(repr=False)
    key_version: str = "1"
    deadline_seconds: float = 10.0
    ca_bundle: str | None = None

    @property
    def is_plain_http(self) -> bool:
        return self.base_url.startswith("http:")

    def ask(
        self,
        operation: Operation,
        document: Document,
        *,
        deadline_seconds: float | None = None,
        max_answer: int = http.MAX_ANSWER,
    ) -> Reply:
        """Sign, send once, verify. The only place where a transport error becomes an outcome (I12)."""
        path, body = path_of(operation, self.client_id), encode(document)
        try:
            reply = http.post(
                self.base_url + path,
                body,
                self._headers(path, body),
                deadline_seconds=min(self.deadline_seconds, deadline_seconds or self.deadline_seconds),
                ca=self.ca_bundle,
                max_answer=max_answer,
            )
        except http.NeverSent as error:
            return NotAttempted(error.reason)
        except http.NoAnswer as error:
            return Unknown(error.reason)
        if reply.status != 200:
            return Unknown(f"HTTP {reply.status}")
        try:
            return read_answer(reply.body, signed=self._is_signed(path, reply))
        except BadSignature as error:
            return Unknown(f"the answer is not proven: {error.reason}")
        except Unreadable as error:
            return Unknown(str(error))

    def _headers(self, path: str, body: bytes) -> dict[str, str]:
        time = str(int(ports.now().timestamp() * 1000))
        message = signing.string_to_sign(path=path, client_id=self.client_id, time=time, body=body)
        return {
            "Client-Id": self.client_id,
            "Request-Time": time,
            "Signature": signing.sign(self.private_key, message, key_version=self.key_version),
            "Content-Type": "application/json; charset=UTF-8",
        }

    def _is_signed(self, path: str, reply: http.HttpAnswer) -> bool:
        """False only when signature and time are both absent (1.4). Raises BadSignature."""
        signature, time = reply.headers.get("signature"), reply.headers.get("response-time")
        if reply.headers.get("client-id", self.client_id) != self.client_id:
            raise BadSignature("the answer is for another client")
        if signature is None and time is None:
            return False
        if signature is None or time is None:
            raise BadSignature("the answer is half signed")
        message = signing.string_to_sign(path=path, client_id=self.client_id, time=time, body=reply.body)
        signing.verify(self.public_keys, signature, message)
        return True
