"""The one place that imports OpenVINO and sentence-transformers.

Both would reach for the network unless they are told otherwise before their first import: OpenVINO
reports its use through the package `openvino_telemetry`, and the Hugging Face libraries ask the hub
for newer files. Nothing outside this module imports them, so that nothing can forget.
"""

import importlib
import importlib.util
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from embeddings.errors import ModelUnusable

logger = logging.getLogger(__name__)


def import_openvino_runtime() -> ModuleType:
    """The half of OpenVINO that runs a model (`Core`, `Tensor`), in a fifth of the time.

    `import openvino` loads its model converter too, which asking a question never needs. So an
    empty package stands in for the parent while the runtime is imported; where a version does not
    allow that, everything is imported.

    Raises:
        ModelUnusable: It is not installed, or does not run on this machine.
    """
    if "openvino" not in sys.modules and (spec := importlib.util.find_spec("openvino")):
        parent = ModuleType("openvino")
        parent.__path__ = list(spec.submodule_search_locations or ())
        sys.modules["openvino"] = parent
        try:
            return importlib.import_module("openvino._pyopenvino")
        except (ImportError, AttributeError):
            logger.debug("OpenVINO's runtime cannot be imported alone", exc_info=True)
        finally:
            del sys.modules["openvino"]
    import_openvino()
    return importlib.import_module("openvino._pyopenvino")


def import_openvino() -> ModuleType:
    """OpenVINO, with its telemetry made unimportable.

    Raises:
        ModelUnusable: It is not installed, or does not run on this machine.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    except (ImportError, OSError, RuntimeError) as exc:
        raise ModelUnusable(
            f"OpenVINO, which runs the compiled model, cannot be imported: {exc}.",
            hint="Install it with `pip install openvino`, or set QUOTH_ENCODER=reference.",
        ) from exc


def import_sentence_transformers(*, offline: bool) -> ModuleType:
    """sentence-transformers (some seconds, and torch with it), silent on the network if `offline`.

    Raises:
        ModelUnusable: It is not installed, or does not run on this machine.
    """
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module("sentence_transformers")
    except (ImportError, OSError, RuntimeError) as exc:
        raise ModelUnusable(
            f"sentence-transformers, which loads the model, cannot be imported: {exc}.",
            hint="Install it with `pip install sentence-transformers`.",
        ) from exc


@contextmanager
def silenced() -> Iterator[None]:
    """Keeps progress bars, load reports and tracer warnings off the terminal; errors still rise."""
    transformers_logging = importlib.import_module("transformers.utils.logging")
    verbosity = transformers_logging.get_verbosity()
    had_progress_bar = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if had_progress_bar:
            transformers_logging.enable_progress_bar()
