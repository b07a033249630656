"""What a control plane's own authority issues."""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wayfare.sandbox.planes.certificates import Pair, authority, issued, signing_key


@pytest.fixture(scope="module")
def own() -> Pair:
    return authority("kueue-ca")


def read(pair: Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate)


def test_a_server_is_known_by_its_addresses_and_names(own: Pair) -> None:
    made = read(issued(own, "kube-apiserver", hosts=("127.0.0.1", "localhost")))
    made.verify_directly_issued_by(read(own))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1")]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    uses = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(uses) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}


def test_a_client_is_of_a_group_and_no_server(own: Pair) -> None:
    made = read(issued(own, "somebody", "system:masters"))
    made.verify_directly_issued_by(read(own))
    assert [each.value for each in made.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["system:masters"]
    uses = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(uses) == {ExtendedKeyUsageOID.CLIENT_AUTH}
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_no_authority_vouches_for_anothers() -> None:
    made = read(issued(authority("one"), "somebody"))
    with pytest.raises(ValueError, match="does not match"):
        made.verify_directly_issued_by(read(authority("other")))


def test_tokens_are_known_by_the_key_that_signs_them() -> None:
    made = signing_key()
    public = serialization.load_pem_private_key(made.key, None).public_key()
    assert serialization.load_pem_public_key(made.certificate) == public
