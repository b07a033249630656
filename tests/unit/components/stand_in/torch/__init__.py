"""Stands for PyTorch where there is none: tensors of like numbers, on a fabric and a clock that a test simulates."""

import os


class Tensor:
    """So many numbers: `fill`, but for those that were set."""

    def __init__(self, count: int, fill: float, items: dict[int, float] | None = None) -> None:
        self.count, self.fill, self.items = count, fill, items or {}

    def __setitem__(self, index: int, value: float) -> None:
        self.items[index] = value

    def __getitem__(self, index: int) -> "Tensor":
        return Tensor(1, self.items.get(index, self.fill))

    def item(self) -> float:
        return self.fill

    def tolist(self) -> list[float]:
        return [self[index].fill for index in range(self.count)]


class cuda:  # noqa: N801 - PyTorch's name
    """Accelerators, as many as the test says."""

    @staticmethod
    def is_available() -> bool:
        return os.environ.get("STAND_IN_BLIND") is None

    @staticmethod
    def set_device(_device: int) -> None:
        """There is one for each process."""

    @staticmethod
    def synchronize() -> None:
        """Everything has ended when it is given back."""


def ones(count: int, device: str) -> Tensor:
    assert device.startswith("cuda:")
    return Tensor(count, 1.0)


def zeros(count: int, device: str) -> Tensor:
    assert device.startswith("cuda:")
    return Tensor(count, 0.0)


def empty_like(other: Tensor) -> Tensor:
    return Tensor(other.count, 0.0)
