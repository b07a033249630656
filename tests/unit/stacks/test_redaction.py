"""Credentials are taken out of messages, and nothing else is."""

import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.asked import purchases, rows
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Behaviour, Nodes, Operation
from wayfare.stacks.redaction import SECRET, redacted

DIGITS = "0123456789abcdefABCDEF"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ0ZXN0In0.c2lnbmF0dXJl"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"

#: What must not be told, and a text around it as a cloud or a client writes it.
ECHOED = {
    "a bearer token": (f"0a1b2c{DIGITS}", "Authorization: Bearer {}"),
    "a bearer token without digits": ("abcdefghij" * 5, "authorization: bearer {}, rejected"),
    "a password in base64": ("dXNlcjpwYXNzd29yZDE=", "Authorization: Basic {}"),
    "a request signed by an account's key": ("account:c2lnbmVkIHdpdGggYSBrZXk5", "Authorization: SharedKey {}"),
    "a JSON Web Token": (JWT, "the token '{}' is expired"),
    "a JSON Web Token without a signature": ("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ0ZXN0In0.", "token {}"),
    "an access key's id": ("AKIA" + "IOSFODNN7EXAMPLE", "Credential={}/20260101/us-east-1/ec2/aws4_request"),
    "a session's key id": ("ASIA" + "IOSFODNN7EXAMPLE", "(AccessKeyId {})"),
    "a secret access key": ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key={}"),
    "a secret access key in JSON": ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", '{{"SecretAccessKey": "{}"}}'),
    "a session token in a header": (f"FwoGZXIvYXdzE{DIGITS}", "X-Amz-Security-Token: {}"),
    "a presigned address": ("4f9a0b1c2d3e4f5061728394a5b6c7d8", "https://b.s3.amazonaws.com/o?a=b&X-Amz-Signature={}"),
    "a storage account's key": (f"{DIGITS}{DIGITS}==", "AccountName=a;AccountKey={};EndpointSuffix=core.windows.net"),
    "a shared access signature": ("abcDEF012%2Bghi%3D", "https://a.blob.core.windows.net/c?sv=2024&sig={}&se=2026"),
    "a service principal's secret": ("abc8Q~" + "x" * 34, "AADSTS7000215: Invalid client secret: {}."),
    "a client's secret": ("s3cr3t-of-a-client", "grant_type=client_credentials&client_secret={}&scope=s"),
    "Google's access token": ("ya29.a0AfH6SMB_0123456789", "access_token {} is expired"),
    "Google's refresh token": ("1//0abcdefghijklmnopqrstuvwxyz01234", '"{}"'),
    "Google's API key": ("AIza" + "a" * 35, "API key not valid: {}"),
    "a service account's key in JSON": (KEY.replace("\n", "\\n"), '{{"type": "x", "private_key": "{}"}}'),
    "a private key": (KEY, "cannot parse {}: asn1"),
    "a password with brackets in JSON": ("a[b]c{{d}}e\\n", '{{"password": "{}"}}'),
    "a kubeconfig's key": ("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo", "client-key-data: {}"),
    "a password in an address": ("hunter2", "Get https://me:{}@proxy.example:3128/: refused"),
    "a password in JSON in JSON": ("correct horse", '{{"body": "{{\\"password\\": \\"{}\\"}}"}}'),
}


@pytest.mark.parametrize(("secret", "around"), ECHOED.values(), ids=ECHOED)
def test_a_credential_is_taken_out_and_the_rest_stays(secret: str, around: str) -> None:
    assert redacted(around.format(secret)) == around.format(SECRET)
    assert redacted(f"it said: {around.format(secret)}\nand more") == f"it said: {around.format(SECRET)}\nand more"


def test_a_private_key_that_is_cut_off_takes_the_rest_with_it() -> None:
    assert redacted("cannot parse -----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA") == f"cannot parse {SECRET}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bearer authentication is not enabled",
        'WWW-Authenticate: Bearer realm="https://example.com", error="invalid_token"',
        "Basic authentication is disabled for this cluster",
        "password: must be set",
        "The access_token is missing; set client_secret",
        "arn:aws:iam::123456789012:role/llm-pretrain-nodes",
        "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/wf-llm/providers/Microsoft.Compute/skus",
        "//storage.googleapis.com/wayfare-sandbox-llm-pretrain",
        "https://compute.googleapis.com/compute/v1/projects/p/zones?alt=json&prettyPrint=false",
        "registry.example:5000/team/train@sha256:" + "0" * 64,
        "urn:pulumi:llm.aws-us-east-1::wayfare::wayfare:index:Cluster$aws:eks/cluster:Cluster::llm",
        "RequestID: 5a1dbca7-0000-4000-8000-000000000000",
        "[secret]",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert redacted(text) == text


def behaviour(name: CloudName) -> Behaviour:
    return importlib.import_module(f"wayfare.sandbox.clouds.{name}").BEHAVIOUR


@pytest.mark.parametrize("name", CloudName)
def test_a_clouds_own_words_stay_so_that_they_are_understood(name: CloudName) -> None:
    words = behaviour(name)
    for row in rows(name):
        for purchase in purchases(row):
            nodes = Nodes("us-east-1a", row.name, purchase.value, 16, reserves=False)
            for text in (words.stockout(nodes, "r"), words.over_quota(nodes, "r", row.family, 8, 16)):
                assert redacted(text) == text
    for say in words.faults.values():
        for token in words.rules:
            assert redacted(said := say(Operation.CREATE, token)) == said


@settings(deadline=None)
@given(st.text().filter(lambda text: "://" not in text))
def test_a_text_without_a_credential_is_never_changed(text: str) -> None:
    assert redacted(text) == text


_PARTS = [
    *(secret for secret, _ in ECHOED.values()),
    *(around.partition("{}")[0] for _, around in ECHOED.values()),
    *("Bearer ", "eyJ", ".", "AKIA", "-----BEGIN PRIVATE KEY-----", "password=", '"password": "', "://a:", "@", '"'),
    *(" ", "\n", "x", "7", SECRET),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PARTS), max_size=12).map("".join))
def test_a_redacted_text_has_nothing_left_to_take_out(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PARTS), max_size=12).map(" ".join))
def test_no_credential_that_stands_for_itself_is_left(text: str) -> None:
    once = redacted(text)
    assert JWT not in once
    assert KEY not in once
    assert "AKIA" + "IOSFODNN7EXAMPLE" not in once


def test_a_long_message_costs_what_its_length_does() -> None:
    """Forms begin only where a word does: these texts would otherwise be looked through once for each letter."""
    for part in ("eyJ-", "eyJ", "Bearer ", "AKIA", "password=", "://", "://a:", "-----BEGIN PRIVATE KEY-----", "1//"):
        text = part * 20_000
        assert len(redacted(text)) <= len(text)
