import shutil
from pathlib import Path

import pytest

from tests.rag.doctor.patient import Patient, make_patient


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """Made once, and only looked at."""
    return make_patient(tmp_path_factory.mktemp("healthy"))


@pytest.fixture
def patient(tmp_path: Path, healthy: Patient) -> Patient:
    """A copy of it that may be damaged."""
    shutil.copytree(healthy.folder, tmp_path, dirs_exist_ok=True)
    patient = Patient(tmp_path)
    patient.execute("UPDATE roots SET path = ?", str(patient.docs))
    return patient
