"""What a verification has found, as a value that a journal keeps."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wayfare.stacks.copying.comparing import Finding, Verdict
from wayfare.stacks.copying.manifest import By

#: How many names of each verdict an evidence holds; the file of findings has all of them.
NAMED = 20

_MEANS: Mapping[tuple[By, By], str] = {
    (By.STORE, By.STORE): "both stores' own hashes",
    (By.STORE, By.READ): "the source's hash, the target's bytes read",
    (By.READ, By.STORE): "the source's bytes read, the target's hash",
    (By.READ, By.READ): "both sides' bytes read",
}


@dataclass(frozen=True)
class Count:
    """Objects and their bytes."""

    objects: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Evidence:
    """Whether all objects of a source have arrived, and what shows it."""

    source: str
    target: str
    source_manifest: str
    """The manifest's digest."""
    target_manifest: str
    verdicts: Mapping[Verdict, Count]
    """What became of the objects; a verdict that none has is missing."""
    proven: Mapping[str, Count]
    """Those that are the same, by what shows it."""
    names: Mapping[Verdict, tuple[str, ...]]
    """The first names of each verdict but `same`."""
    rclone: str
    """Its version."""

    @property
    def complete(self) -> bool:
        """Whether every object of the source is on the target as it was. What the target has besides does not count."""
        return not any(verdict in self.verdicts for verdict in (Verdict.MISSING, Verdict.DIFFERING, Verdict.LATE))

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, in hexadecimal: the same findings give the same digest."""
        text = json.dumps(self.as_data(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def count(self, verdict: Verdict) -> Count:
        """How many have a verdict."""
        return self.verdicts.get(verdict, Count())

    def as_data(self) -> dict[str, Any]:
        """For a journal and for JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "source_manifest": self.source_manifest,
            "target_manifest": self.target_manifest,
            "complete": self.complete,
            "verdicts": {str(key): _count(each) for key, each in sorted(self.verdicts.items())},
            "proven": {key: _count(each) for key, each in sorted(self.proven.items())},
            "names": {str(key): list(each) for key, each in sorted(self.names.items())},
            "rclone": self.rclone,
        }

    def lines(self) -> list[str]:
        """The same for a person."""
        head = "all of it has arrived" if self.complete else "not all of it has arrived"
        counts = [("  ", str(verdict), each) for verdict, each in self.verdicts.items()]
        counts += [("    ", means, each) for means, each in self.proven.items()]
        found = [f"{indent}{what}: {each.objects} objects, {each.bytes} bytes" for indent, what, each in counts]
        return [f"{self.source} -> {self.target}: {head}", *found]


def _count(each: Count) -> dict[str, int]:
    return {"objects": each.objects, "bytes": each.bytes}


@dataclass
class Tally:
    """Counts findings, as they come, without keeping them."""

    verdicts: Counter[Verdict] = field(default_factory=Counter[Verdict])
    bytes: Counter[Verdict] = field(default_factory=Counter[Verdict])
    means: Counter[str] = field(default_factory=Counter[str])
    means_bytes: Counter[str] = field(default_factory=Counter[str])
    names: dict[Verdict, list[str]] = field(default_factory=dict[Verdict, list[str]])

    def take(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        """Hand findings on, counted."""
        for each in findings:
            self.verdicts[each.verdict] += 1
            self.bytes[each.verdict] += each.size
            if each.verdict is not Verdict.SAME:
                named = self.names.setdefault(each.verdict, [])
                named += [each.name] * (len(named) < NAMED)
            elif each.by is not None:
                self.means[_MEANS[each.by]] += 1
                self.means_bytes[_MEANS[each.by]] += each.size
            yield each

    def evidence(self, source: str, target: str, manifests: tuple[str, str], rclone: str) -> Evidence:
        """What was counted, for two buckets and the digests of their manifests."""
        return Evidence(
            source,
            target,
            *manifests,
            {key: Count(self.verdicts[key], self.bytes[key]) for key in Verdict if self.verdicts[key]},
            {key: Count(self.means[key], self.means_bytes[key]) for key in _MEANS.values() if self.means[key]},
            {key: tuple(self.names[key]) for key in Verdict if key in self.names},
            rclone,
        )
