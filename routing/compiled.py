"""Functions over arrays, compiled once and kept on disk.

Compiled functions live in modules named ``*_kernel.py``: plain loops over NumPy arrays and numbers, no objects of ours.
Everything around them is Python that prepares the arrays.
"""

from collections.abc import Callable
from functools import cache, cached_property, update_wrapper
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a function at its first call, for the types it is called with, and keep the result beside the module."""
    return cast("Callable[_P, _R]", _Compiled(function, makes_arrays=True))


def compiled_loop(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a function that makes no arrays and returns none: it then need not count who holds one.

    Counting takes longer than the work where a function gets dozens of arrays and looks at a few numbers; the search of
    :mod:`routing.search_kernel` does three times as many steps without. The compiler refuses a function that does
    make arrays.
    """
    return cast("Callable[_P, _R]", _Compiled(function, makes_arrays=False))


class _Compiled(Generic[_P, _R]):
    """A function that loads the compiler when it is first called: who only asks for help doesn't wait for it."""

    def __init__(self, function: Callable[_P, _R], *, makes_arrays: bool) -> None:
        self._function = function
        self._makes_arrays = makes_arrays
        update_wrapper(self, function)

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        return self._dispatcher(*args, **kwargs)  # type: ignore[no-any-return]

    @cached_property
    def _dispatcher(self) -> Any:  # noqa: ANN401 - the compiler publishes no types
        from numba import njit  # noqa: PLC0415 - loading it takes half a second

        _keep_versions_apart()
        options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": self._makes_arrays}
        return njit(**options)(self._function)

    @property
    def _numba_type_(self) -> Any:  # noqa: ANN401 - the compiler publishes no types
        """What the compiler asks for where one compiled function calls another."""
        return self._dispatcher._numba_type_


@cache
def _keep_versions_apart() -> None:
    """Let compiled functions of other sources lie in another folder.

    The compiler compiles a function anew when its own file changes, but not when a function that it calls does. Both
    engines keep what is compiled in one folder.
    """
    config: Any = import_module("numba.core.config")
    here = Path(__file__).parent
    kernels = [path for engine in ("gtfs", "routing") for path in sorted((here.parent / engine).glob("*_kernel.py"))]
    sources = b"".join(path.read_bytes() for path in kernels)
    root = Path(config.CACHE_DIR) if config.CACHE_DIR else here / "__pycache__"
    config.CACHE_DIR = str(root / f"compiled-{sha256(sources).hexdigest()[:12]}")
