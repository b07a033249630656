"""The container of a blueprint: what it is, and for one that serves, how it answers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from wayfare.blueprints import patterns, vllm
from wayfare.blueprints.base import Model
from wayfare.blueprints.checkpoints import Checkpoint
from wayfare.blueprints.quantities import Duration
from wayfare.blueprints.serving import Scale, ServedModel, Weights, agree, filled

Image = Annotated[str, Field(pattern=patterns.IMAGE.regex, max_length=512, examples=["vllm/vllm-openai:v0.22.1"])]
Argument = Annotated[str, Field(pattern=patterns.ARGUMENT.regex)]


class Workload(Model):
    """The container that runs on the accelerator pool."""

    image: Image
    """Container image, such as `vllm/vllm-openai:v0.22.1`. A tag or a digest keeps every node on the same one."""
    command: tuple[Argument, ...] = ()
    """Command and its arguments, in place of the image's entry point; empty runs the image's own. No shell reads it."""
    apply: Literal["stack", "elsewhere"] = "stack"
    """Who puts the workload into the cluster, with the charts that it needs: the cluster's `stack`; or somebody
    `elsewhere`, such as Argo CD or Flux, from what `wayfare render` writes. The stack then makes the cluster alone."""

    @field_validator("command")
    @classmethod
    def _names_a_program(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and not value[0].strip():
            raise ValueError("the first entry is the program to run and must not be blank")
        return value


class TrainingWorkload(Workload):
    """The container that trains, on each node of the accelerator pool."""

    checkpoint: Checkpoint | None = None
    """How it writes its checkpoints; unset mounts no bucket, and nobody knows what a training could begin from."""


class ServingWorkload(Workload):
    """The container that answers requests on each node of the accelerator pool."""

    model: ServedModel | None = None
    """The model that it serves; unset leaves it to the container whether its memory suffices."""
    weights: Weights | None = None
    """Where its weights come from; unset leaves it to the container."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port on which it answers; unset takes vLLM's `--port`, or 8000."""
    replicas: Annotated[int, Field(ge=1, le=512)] | None = None
    """Of the replicas that the pool holds, those that serve; unset takes all. One that is left out makes room for an
    update, which then takes none away before another answers."""
    scale: Scale | None = None
    """How their number follows the requests that wait, up to `replicas`; unset keeps all of them."""
    start: Duration = timedelta(hours=1)
    """How long a replica may take until it has answered, its weights loaded; then it begins again."""
    drain: Duration = timedelta(minutes=5)
    """How long a replica that goes may take for the requests that it has: the longest answer."""

    @model_validator(mode="after")
    def _says_the_same_twice(self) -> "ServingWorkload":
        """vLLM's command may say what the model says, but nothing else."""
        said = self.vllm_says or {}
        if self.model is not None:
            agree(self.model, said)
        if self.port is not None and said.get(vllm.PORT, str(self.port)) != str(self.port):
            raise ValueError(f"`command` says {vllm.PORT}={said[vllm.PORT]} and `port` is {self.port}; say it once")
        if self.scale is not None:
            if self.vllm_says is None:
                raise ValueError("`scale` needs vLLM's command: of other programs nobody knows how many requests wait")
            if self.replicas is not None and self.scale.least > self.replicas:
                raise ValueError(f"scale.least {self.scale.least} is more than the {self.replicas} `replicas`")
        return self

    @property
    def vllm_says(self) -> Mapping[str, str] | None:
        """What vLLM's command says of what `wayfare.blueprints.vllm` names; None for another program's."""
        return vllm.options(self.command)

    @property
    def answers_on(self) -> int:
        """The port on which it answers."""
        said = (self.vllm_says or {}).get(vllm.PORT, "")
        return self.port or vllm.whole_number(said) or vllm.DEFAULT_PORT

    @property
    def served(self) -> ServedModel | None:
        """The model, with the sizes that only vLLM's command says."""
        return None if self.model is None else filled(self.model, self.vllm_says or {})
