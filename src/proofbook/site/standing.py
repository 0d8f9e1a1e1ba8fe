"""Tells what may be claimed today of an obligation or a snippet: never more than its record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from proofbook.pages.wording import listed
from proofbook.proof.records import COULD_NOT_CHECK, FAILED, PASSED, SETTLED, SKIPPED, WAIVED, Record

CHANGED, NEVER = "changed", "never"
WORST_FIRST = (FAILED, COULD_NOT_CHECK, CHANGED, SKIPPED, NEVER, PASSED, WAIVED)
UNSETTLED = (FAILED, COULD_NOT_CHECK, SKIPPED)
WORDS = {
    PASSED: "Proven",
    FAILED: "Failed",
    COULD_NOT_CHECK: "Could not be checked",
    SKIPPED: "Not run",
    WAIVED: "Waived",
    CHANGED: "Changed since proven",
    NEVER: "Not proven",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be said today, on one PostgreSQL; ``record`` is None where nothing was ever run."""

    state: str
    record: Record | None = None
    postgres: str = ""

    @property
    def words(self) -> str:
        """The state in words."""
        if self.state == CHANGED and self.record and self.record.state not in SETTLED:
            return "Changed since last run"
        return WORDS[self.state]


@dataclass(frozen=True, slots=True)
class Standing:
    """All claims about one thing, one for each PostgreSQL it was tried on."""

    claims: tuple[Claim, ...]

    @property
    def state(self) -> str:
        """The worst state among the claims."""
        return worst(claim.state for claim in self.claims)

    def groups(self) -> Iterator[tuple[str, list[Claim]]]:
        """Give the claims that say the same together, the worst first."""
        ordered = sorted(self.claims, key=lambda claim: WORST_FIRST.index(claim.state))
        for words in dict.fromkeys(claim.words for claim in ordered):
            yield words, [claim for claim in ordered if claim.words == words]

    @property
    def messages(self) -> list[str]:
        """What the runs said that did not pass."""
        told = (claim.record.message for claim in self.claims if claim.record and claim.state in WORST_FIRST[:2])
        return [message for message in dict.fromkeys(told) if message]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The records of one page beside the hashes that a proof made now would carry.

    ``unsure`` is set where the lab's versions are not known here, so that they could not be compared.
    """

    records: tuple[Record, ...] = ()
    hashes: Collection[str] = ()
    unsure: bool = False

    def of(self, name: str) -> Standing:
        """Give the standing of one obligation or snippet."""
        majors = sorted({record.postgres for record in self.records}, key=_as_number, reverse=True)
        return Standing(tuple(self._claim(name, major) for major in majors) or (Claim(NEVER),))

    def together(self, names: Iterable[str]) -> Standing:
        """Give the standing of several as one: on each PostgreSQL the worst of them counts."""
        columns = zip(*(self.of(name).claims for name in names), strict=True)
        return Standing(tuple(_worst_claim(claims) for claims in columns) or (Claim(NEVER),))

    def _claim(self, name: str, major: str) -> Claim:
        of_major = [record for record in self.records if record.postgres == major]
        found = next((record for record in of_major if record.name == name), None)
        version = of_major[0].versions.get("PostgreSQL", "")
        if found is not None:
            return Claim(found.state if found.hash in self.hashes else CHANGED, found, version)
        # a snippet that moved by a line has a new name; the page's old records still say when it was run
        stale = next((record for record in of_major if record.hash not in self.hashes), None)
        return Claim(CHANGED, stale, version) if stale else Claim(NEVER, None, version)


def worst(states: Iterable[str]) -> str:
    """Give the state that must be told when several hold at once."""
    return min(states, key=WORST_FIRST.index)


def _worst_claim(claims: Sequence[Claim]) -> Claim:
    found = worst(claim.state for claim in claims)
    alike = [claim for claim in claims if claim.state == found]
    return min(alike, key=lambda claim: claim.record.date if claim.record else "")


def _as_number(major: str) -> int:
    return int(major) if major.isdigit() else 0


def ran_on(claims: Iterable[Claim]) -> str:
    """Give where claims come from: ``PostgreSQL 18.4 and 16.14``."""
    versions = list(filter(None, dict.fromkeys(claim.postgres for claim in claims)))
    return f"PostgreSQL {listed(versions)}" if versions else ""


def oldest(claims: Iterable[Claim]) -> Record | None:
    """Give the oldest record: what claims say together is not younger."""
    records = [claim.record for claim in claims if claim.record]
    return min(records, key=lambda record: record.date, default=None)
