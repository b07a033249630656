"""Names and settings of stacks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayfare.blueprints import CloudName, Purchase
from wayfare.components.along import Along
from wayfare.components.contract import Holding
from wayfare.stacks.project import Project, StackName, StackSettings, StackSettingsInvalid

SETTINGS = StackSettings(
    blueprint="blueprints/library/pretrain-h100-16.yaml",
    cloud=CloudName.AZURE,
    region="eastus",
    zone="1",
    machine_type="Standard_ND96isr_H100_v5",
)


@given(
    st.from_regex(r"[a-z]([a-z0-9-]{0,22}[a-z0-9])?", fullmatch=True),
    st.sampled_from(list(CloudName)),
    st.from_regex(r"[a-z][a-z0-9-]{1,25}[a-z0-9]", fullmatch=True),
)
def test_a_stack_name_reads_back(cluster: str, cloud: CloudName, region: str) -> None:
    name = StackName(cluster, cloud, region)
    assert StackName.parse(str(name)) == name
    assert StackName.parse(f"organization/wayfare/{name}") == name


@pytest.mark.parametrize("name", ["", "dev", "llm.", "llm.aws", "llm.aws-", "llm.oracle-us", ".aws"])
def test_other_stacks_are_not_ours(name: str) -> None:
    assert StackName.parse(name) is None


def write(project: Project, stack: str, text: str) -> None:
    project.settings_file(stack).write_text(text, encoding="utf-8")


def test_settings_read_back_with_a_zone_that_yaml_takes_for_a_number(tmp_path: Path) -> None:
    project = Project.create(tmp_path)
    write(
        project,
        "llm.azure-eastus",
        "encryptionsalt: v1:abc\n"
        "config:\n"
        "  azure-native:location: eastus\n"
        "  wayfare:blueprint: blueprints/library/pretrain-h100-16.yaml\n"
        "  wayfare:capacity: released\n"
        "  wayfare:mode: sandbox\n"
        "  wayfare:placement:\n"
        "    cloud: azure\n    region: eastus\n    zone: 1\n"
        "    machineType: Standard_ND96isr_H100_v5\n    purchase: spot\n",
    )
    assert project.settings("llm.azure-eastus") == SETTINGS.model_copy(
        update={"capacity": Holding.RELEASED, "mode": "sandbox", "purchase": Purchase.SPOT}
    )


def test_what_was_brought_along_is_kept_in_the_settings_and_reads_back() -> None:
    along = Along({"one.example/a:1": "two.example/a@sha256:0"}, ("s3://corpus/v7", "gs://books"))
    wanted = SETTINGS.with_along(along)
    values = wanted.as_configuration()
    assert values["wayfare:images"] == "one.example/a:1=two.example/a@sha256:0"
    assert values["wayfare:brought"] == "s3://corpus/v7 gs://books"
    assert wanted.along == along
    assert SETTINGS.along == Along()
    assert not {"wayfare:images", "wayfare:brought"} & SETTINGS.as_configuration().keys()


def test_a_stack_without_settings_has_none(tmp_path: Path) -> None:
    project = Project.create(tmp_path)
    write(project, "other", "config:\n  aws:region: us-east-1\n")
    assert project.settings("other") is None
    assert project.settings("missing") is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "wayfare:blueprint: Field required; set it with: pulumi config set wayfare:blueprint VALUE"),
        (
            {"blueprint": "b.yaml", "placement": {"cloud": "aws", "region": "us-east-1", "machineType": "p5.48xlarge"}},
            "placement.zone: Field required; set it with: pulumi config set --path wayfare:placement.zone VALUE",
        ),
        ({"placement": {"cloud": "oracle"}}, "wayfare:placement.cloud: Input should be 'aws', 'azure' or 'gcp'"),
        (
            {"placement": {"zones": "a"}},
            "wayfare:placement.zones: is not known; remove it with: pulumi config rm --path wayfare:placement.zones",
        ),
    ],
)
def test_what_is_wrong_with_settings_is_said_with_the_command_that_mends_it(
    values: dict[str, object], said: str
) -> None:
    with pytest.raises(StackSettingsInvalid) as caught:
        StackSettings.read(values)
    assert said in str(caught.value)


def test_a_project_is_found_from_below_and_made_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.create(tmp_path / "checkout")
    below = project.root / "blueprints" / "library"
    below.mkdir(parents=True)
    assert Project.locate(below) == project
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "Pulumi.yaml").write_text("name: another\n", encoding="utf-8")
    made = Project.locate(tmp_path / "elsewhere")
    assert made.root.is_relative_to(tmp_path / "data")
    assert (made.root / "Pulumi.yaml").exists()
    assert (made.root / "stacks" / "__main__.py").exists()


def test_only_the_settings_of_the_mode_are_forgotten(tmp_path: Path) -> None:
    project = Project.create(tmp_path)
    for stack, mode in (("a.azure-eastus", "sandbox"), ("b.azure-eastus", "cloud")):
        place = "{cloud: azure, region: eastus, zone: '1', machineType: m}"
        write(
            project, stack, f"config:\n  wayfare:blueprint: b\n  wayfare:mode: {mode}\n  wayfare:placement: {place}\n"
        )
    project.forget("sandbox")
    assert not project.settings_file("a.azure-eastus").exists()
    assert project.settings_file("b.azure-eastus").exists()
