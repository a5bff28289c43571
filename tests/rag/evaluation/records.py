"""Hand-made records."""

from rag.evaluation.records import Record, Role


def make_record(
    identity: str,
    *,
    role: Role = "own",
    answerable: bool = True,
    answered: bool = True,
    confidence: float = 0.9,
    **values: float,
) -> Record:
    return Record(identity, f"{identity}?", role, answerable, answered, confidence, values)
