"""Who may read and write the buckets of a copy, by what the sandbox's clouds hold."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.copied import (
    ASSIGNMENT,
    ASSOCIATION,
    FEDERATION,
    MEMBER,
    POLICY,
    POOL_PROVIDER,
    PROVIDER,
    ROLE,
    acting,
    clouds,
    cluster,
    own,
    trusted,
)
from wayfare.components.trusting import TOKEN
from wayfare.sandbox.copies.acting import Acting
from wayfare.sandbox.copies.remotes import Remote, Unreadable, remotes
from wayfare.sandbox.copies.rights import refused
from wayfare.sandbox.store import Store
from wayfare.stacks.copying.failures import Kind, classified

PACKAGES = {"aws": "aws", "azure": "azure-native", "gcp": "gcp"}
DIRECTIONS = [(one, other) for one in PACKAGES for other in PACKAGES if one != other]


def remote(cloud: str, bucket: str) -> Remote:
    account = {"b": "acct", "own": "ownacct"}.get(bucket, "") if cloud == "azure" else ""
    return Remote("source" if bucket == "b" else "target", PACKAGES[cloud], bucket, account)


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    made = Store(tmp_path)
    yield made
    made.close()


def said(pod: Acting, source: str, target: str) -> str | None:
    return refused(pod, remote(source, "b"), remote(target, "own"), clouds(pod.store))


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_what_a_trusts_stack_makes_lets_the_targets_pods_read_and_no_others(
    store: Store, source: str, target: str
) -> None:
    row = cluster(store, target)
    own(store, target)
    told = trusted(store, source, target)
    assert said(acting(store, row, told), source, target) is None
    wrong: list[dict[str, Any]] = [{"account": "another"}, {"namespace": "default"}, {"tokens": {}}]
    for changes in (*wrong, {"tokens": {TOKEN: "anybody"}}):
        words = said(acting(store, row, told, **changes), source, target)
        assert words is not None
        assert words.startswith('Failed to create file system for "source:b": ')
        assert classified(1, [words]) is Kind.CREDENTIALS


def change(store: Store, token: str, name: str, value: Any, id: str | None = None) -> None:
    row = next(each for each in store.resources(token=token) if id in (None, each.id))
    changed = {**row.outputs, name: value}
    store.change(row.number, inputs=changed, outputs=changed, tags={}, failed=False, nodes=None)


#: (source's cloud, type, its id, property, what it is instead, what is said).
WRONG: list[tuple[str, str, str | None, str, Any, str]] = [
    ("aws", PROVIDER, "oidc", "url", "oidc.example/other", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ("aws", PROVIDER, "oidc", "clientIdLists", ["another"], "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ("aws", ROLE, "reader", "assumeRolePolicy", '{"Statement": []}', "Not authorized to perform sts:AssumeRole"),
    (
        "aws",
        POLICY,
        "reader:r",
        "policy",
        '{"Statement": []}',
        "AccessDenied: User: arn:aws:iam::123456789012:role/reader",
    ),
    ("azure", FEDERATION, None, "issuer", "https://other/", "AADSTS700213"),
    ("azure", FEDERATION, None, "subject", "system:serviceaccount:other:other", "AADSTS700213"),
    ("azure", FEDERATION, None, "audiences", ["another"], "AADSTS700213"),
    ("azure", ASSIGNMENT, "a", "scope", "/subscriptions/s/other", "AuthorizationPermissionMismatch"),
    ("azure", ASSIGNMENT, "a", "roleDefinitionId", "/x/acdd72a7-3385-48ef-bd42-f606fba81ae7", "PermissionMismatch"),
    ("gcp", POOL_PROVIDER, None, "oidc", {"issuerUri": "https://other"}, "invalid_grant"),
    ("gcp", POOL_PROVIDER, None, "attributeCondition", 'assertion.sub == "other"', "attribute condition"),
    ("gcp", POOL_PROVIDER, None, "attributeCondition", "true || false", "attribute condition"),
    ("gcp", POOL_PROVIDER, None, "attributeMapping", {}, "attribute condition"),
    ("gcp", POOL_PROVIDER, None, "name", "projects/1/other", "invalid_target"),
    ("gcp", MEMBER, "m", "member", "allUsers", "Error 403"),
    ("gcp", MEMBER, "m", "role", "roles/storage.legacyBucketReader", "storage.objects.list"),
]


@pytest.mark.parametrize(("source", "token", "id", "name", "value", "words"), WRONG)
def test_one_thing_wrong_of_it_is_refused_in_the_clouds_words(
    store: Store, source: str, token: str, id: str | None, name: str, value: Any, words: str
) -> None:
    target = "gcp" if source == "aws" else "aws"
    row = cluster(store, target)
    own(store, target)
    told = trusted(store, source, target)
    pod = acting(store, row, told)
    assert said(pod, source, target) is None
    change(store, token, name, value, id)
    found = said(pod, source, target)
    assert found is not None
    assert words in found


@pytest.mark.parametrize(
    ("target", "token", "name", "value", "words"),
    [
        ("aws", POLICY, "policy", '{"Statement": []}', "s3:ListBucket"),
        ("aws", ASSOCIATION, "serviceAccount", "another", "no EC2 IMDS role found"),
        ("azure", ASSIGNMENT, "roleDefinitionId", "/x/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "PermissionMismatch"),
        ("azure", FEDERATION, "subject", "another", "AADSTS700213"),
        ("gcp", MEMBER, "role", "roles/storage.objectViewer", "storage.objects.create"),
    ],
)
def test_its_own_bucket_it_must_be_let_write(
    store: Store, target: str, token: str, name: str, value: Any, words: str
) -> None:
    row = cluster(store, target)
    own(store, target)
    change(store, token, name, value)
    source = "gcp" if target == "aws" else "aws"
    found = said(acting(store, row, trusted(store, source, target)), source, target)
    assert found is not None
    assert found.startswith('Failed to create file system for "target:own": ')
    assert words in found


@pytest.mark.parametrize("source", PACKAGES)
def test_a_bucket_that_is_not_there_is_not_found(store: Store, source: str) -> None:
    target = "gcp" if source == "aws" else "aws"
    row = cluster(store, target)
    told = trusted(store, source, target)
    found = refused(
        acting(store, row, told), replace(remote(source, "b"), path="gone"), remote(target, "own"), clouds(store)
    )
    assert found is not None
    assert classified(1, [found]) is Kind.NOT_FOUND


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("sync", "source:b", "target:own"), {}),
        (("copy", "source:b"), {}),
        (("copy", "source:b", "target:own"), {}),
        (("copy", "source:b", "target:own"), {"RCLONE_CONFIG_SOURCE_TYPE": "s3"}),
        (
            ("copy", "source:b", "/srv/own"),
            {"RCLONE_CONFIG_SOURCE_TYPE": "s3", "RCLONE_CONFIG_SOURCE_ENV_AUTH": "true"},
        ),
    ],
)
def test_what_is_no_copy_between_two_buckets_as_the_pod_itself_is_not_taken_for_one(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    with pytest.raises(Unreadable):
        remotes(arguments, environment)
