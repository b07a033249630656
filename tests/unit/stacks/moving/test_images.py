"""Images of the source's own registry: which they are, and where their copies go."""

import pytest

from wayfare.blueprints import CloudName
from wayfare.stacks.mirroring.images import Image
from wayfare.stacks.moving.images import place, within

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/llm-1a2b"
ACR = "wfllm01.azurecr.io"
GAR = "us-east4-docker.pkg.dev/llm-prod/llm-3c4d"
DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("image", "registry", "is_within"),
    [
        (f"{ECR}:1.4", ECR, True),
        (f"{ECR}@{DIGEST}", ECR, True),
        (f"{GAR}/team/train:1.4", GAR, True),
        (f"{ECR}5/train:1.4", ECR, False),
        (f"{ACR}.example/train:1.4", ACR, False),
        ("registry.example/train:1.4", ACR, False),
        ("vllm/vllm-openai:v1", ACR, False),
    ],
)
def test_only_what_lies_in_the_registry_is_its_own(image: str, registry: str, is_within: bool) -> None:
    assert within(image, registry) is is_within


@pytest.mark.parametrize(
    ("image", "registry", "target", "cloud", "goes_to"),
    [
        (f"{ECR}:1.4", ECR, ACR, CloudName.AZURE, f"{ACR}/workload"),
        (f"{ECR}:1.4", ECR, GAR, CloudName.GCP, f"{GAR}/workload"),
        (f"{ACR}/team/train:1.4", ACR, GAR, CloudName.GCP, f"{GAR}/team/train"),
        (f"{GAR}/team/train@{DIGEST}", GAR, ACR, CloudName.AZURE, f"{ACR}/team/train"),
        # A registry on AWS is one repository.
        (f"{ACR}/team/train:1.4", ACR, ECR, CloudName.AWS, ECR),
        (
            f"{ECR}:1.4",
            ECR,
            ECR.replace("us-east-1", "us-west-2"),
            CloudName.AWS,
            ECR.replace("us-east-1", "us-west-2"),
        ),
    ],
)
def test_an_image_keeps_its_name_where_the_target_s_registry_has_names(
    image: str, registry: str, target: str, cloud: CloudName, goes_to: str
) -> None:
    assert place(Image.read(image), registry, target, cloud) == goes_to
