"""Runs a command under production settings, with a complete environment of throw-away values.

python -m tests.production_environment manage.py check --deploy
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from config.settings.keys import make_keys


@contextmanager
def production_environment() -> Iterator[dict[str, str]]:
    """The variables of a sound production; long keys lie in files, as an operator would keep them."""
    with tempfile.TemporaryDirectory(prefix="paydesk-production-") as name:
        folder, keys = Path(name), make_keys()
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = serialization.Encoding.PEM
        files = {
            "JWT_PRIVATE_KEY_FILE": keys.jwt_private_key.encode(),
            "ANTOM_EU_PRIVATE_KEY_FILE": private.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            "ANTOM_EU_PUBLIC_KEY_1_FILE": private.public_key().public_bytes(
                pem, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
        }
        for variable, content in files.items():
            (folder / variable).write_bytes(content)
        yield {
            "PATH": os.environ.get("PATH", ""),
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            "SECRET_KEY": keys.secret_key,
            "SEALING_KEYS": keys.sealing_key,
            "FINGERPRINT_KEY": keys.fingerprint_key,
            "ALLOWED_HOSTS": "pay.shop.example",
            "PUBLIC_URL": "https://pay.shop.example",
            "DATABASE_URL": "postgres://paydesk:throwaway@127.0.0.1:5432/paydesk",
            "GATEWAY_CREDENTIALS": "antom_eu",
            "ANTOM_EU_URL": "https://open-de-global.alipay.com",
            "ANTOM_EU_CLIENT_ID": "5YTESTLIKEAREALONE01",
            **{variable: str(folder / variable) for variable in files},
        }


def main(command: list[str]) -> int:
    with production_environment() as environment:
        return subprocess.run([sys.executable, *command], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
