"""A certificate that the tests' own proxy shows for every host behind it."""

import shutil
import ssl

import pytest

from tests.wire.proxies.connect_proxy import make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory, needs):
    """The files of certificate and key."""
    needs(shutil.which("openssl"), "openssl")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
