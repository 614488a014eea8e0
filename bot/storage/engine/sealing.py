"""Seals bytes so that only the holder of a private key, which the bot never has, can read them: HPKE (RFC 9180)."""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"remix-bot evidence 1"
_KEY_BYTES = 32


class WrongKeyError(Exception):
    """It is no key, or not the one that something was sealed for."""


def new_keys() -> tuple[str, str]:
    """A private and its public key, each as one line of base64."""
    private = X25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes_raw())


def read_public_key(text: str) -> bytes:
    """Raises WrongKeyError."""
    return _bytes(text)


def seal(data: bytes, public_key: bytes) -> bytes:
    return _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(public_key), _INFO)


def unseal(sealed: bytes, private_key: str) -> bytes:
    """Raises WrongKeyError."""
    key = X25519PrivateKey.from_private_bytes(_bytes(private_key))
    try:
        return _SUITE.decrypt(sealed, key, _INFO)
    except (InvalidTag, ValueError) as error:
        raise WrongKeyError("it was sealed for another key, or is damaged") from error


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise WrongKeyError("a key is 44 characters of base64, as `remix-bot evidence key` prints it")
    return key
