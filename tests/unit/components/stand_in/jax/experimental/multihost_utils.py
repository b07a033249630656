"""What all processes have."""

from simulated import asked  # pyright: ignore - the stand-in's own, as it is found on its path

from jax import distributed


class Row(list[float]):
    """An array with one number of each process."""

    def ravel(self) -> "Row":
        return self

    def tolist(self) -> list[float]:
        return list(self)


def process_allgather(value: float) -> Row:
    own, ranks = distributed.node, list(range(distributed.nodes))
    _, items = asked(own, "reduce", ranks, 0, 0.0, {own: value})
    return Row(items[rank] for rank in ranks)
