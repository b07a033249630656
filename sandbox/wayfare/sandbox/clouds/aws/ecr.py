"""ECR: private repositories and their policies."""

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules
from wayfare.sandbox.clouds.aws.common import ACCOUNT, arn, exception, is_json, known, made, mappings, named, region_of

REPOSITORY = "aws:ecr/repository:Repository"
_POLICY, _LIFECYCLE = "aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:ecr/lifecyclePolicy:LifecyclePolicy"

_OPERATIONS = {_POLICY: "SetRepositoryPolicy", _LIFECYCLE: "PutLifecyclePolicy"}


def _check(call: Call) -> list[tuple[str, str]]:
    """A key is for KMS encryption alone (ECR API reference, EncryptionConfiguration)."""
    return [
        (f"encryptionConfigurations[{index}].kmsKey", "is for the encryption type KMS alone")
        for index, each in enumerate(mappings(call.inputs.get("encryptionConfigurations")))
        if known(each.get("kmsKey")) and each.get("encryptionType") == "AES256"
    ]


def _repository(call: Call) -> Made:
    name, region = str(call.inputs["name"]), region_of(call)
    doing, operation = f"creating ECR Repository ({name})", "ECR: CreateRepository"
    if named(call.store.rows(REPOSITORY), "name", name, region):
        text = f"The repository with name '{name}' already exists in the registry with id '{ACCOUNT}'"
        raise Refused(exception(doing, operation, "RepositoryAlreadyExistsException", text))
    return made(
        call,
        name,
        {
            "arn": arn("ecr", region, f"repository/{name}"),
            "registryId": ACCOUNT,
            "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{name}",
        },
    )


def _part(call: Call) -> Made:
    name = str(call.inputs["repository"])
    if named(call.store.rows(REPOSITORY), "name", name, region_of(call)) is None:
        kind = call.token.rpartition(":")[2]
        text = f"The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"
        doing, operation = f"creating ECR {kind} ({name})", f"ECR: {_OPERATIONS[call.token]}"
        raise Refused(exception(doing, operation, "RepositoryNotFoundException", text))
    return made(call, name, {"registryId": ACCOUNT}, tagged=False)


RULES: dict[str, ResourceRules] = {
    REPOSITORY: ResourceRules(
        seconds=2,
        delete_seconds=2,
        # Encryption is chosen when a repository is made (ECR User Guide, "Encryption at rest").
        replace_on=frozenset({"name", "encryptionConfigurations"}),
        check=_check,
        create=_repository,
    ),
    _POLICY: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"repository"}),
        check=lambda call: list(is_json(call.inputs, "policy")),
        create=_part,
        tags=None,
    ),
    _LIFECYCLE: ResourceRules(seconds=1, delete_seconds=1, replace_on=frozenset({"*"}), create=_part, tags=None),
}
