"""How numba compiles what only kernels call: to code that is linked into them, and no further.

numba optimises every function together with all that it calls and makes machine code of it, the innermost ones once for each
kernel around them: of 70 s that the engine took to compile, 40 went there, for code that nobody can call. Linked in as it is
lowered, it is optimised once, as a part of the kernel that it belongs to. The machine code comes out as fast (measured within
the noise on 10 M ticks), since LLVM inlines it all the same.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.dispatcher import Dispatcher
from numba.core.typed_passes import NativeLowering
from numba.core.types import Record


class _Library(JITCodeLibrary):
    """Code to be linked into other code. It has no address, and its environment waits for `give_environments`."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.environments: dict[str, Any] = {}

    def _optimize_functions(self, module: Any) -> None:
        """Left to the kernel too, the passes over single functions that numba runs first."""
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        """Left to the kernel that it is linked into."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        return self

    def set_env(self, name: str, environment: Any) -> None:
        self.environments[name] = environment


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):
    """numba's lowering, into such a library."""

    _name = "linked_lowering"

    def run_pass(self, state: Any) -> Any:
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        return super().run_pass(state)


def give_environments(linked: Dispatcher, into: Dispatcher) -> None:
    """Set what code that was linked into other code looks up while it runs: the texts that `print` and exceptions hold.

    Kernels have none of these; a strategy's methods may.
    """
    (compiled,) = into.overloads.values()
    codegen = compiled.library.codegen
    for version in linked.overloads.values():
        for name, environment in version.library.environments.items():
            if codegen._engine.get_global_value_address(name):  # where nothing looks it up it was optimised away
                codegen.set_env(name, environment)


_tell = Record.__repr__


def _tell_once(record: Any) -> str:
    """What numba says of a record type. It asks 25 times for each function that it compiles, and RUN has 200 fields."""
    if "_told" not in record.__dict__:
        record._told = _tell(record)
    return str(record._told)


Record.__repr__ = _tell_once  # type: ignore[method-assign]  # a tenth of the time that the engine takes to compile


class Linked(CompilerBase):
    """numba's compiler for functions that are called by compiled ones alone: `njit(pipeline_class=Linked)`."""

    def define_pipelines(self) -> list[PassManager]:
        usual, own = DefaultPassBuilder.define_nopython_pipeline(self.state), PassManager("nopython")
        for step, description in usual.passes:
            own.add_pass(_Lowering if step is NativeLowering else step, description)
        own.finalize()
        return [own]
