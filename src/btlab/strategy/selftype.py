"""`self` of a compiled strategy: one record of numbers behind an address.

A strategy's parameters and state are the fields. An array is kept as (address, rows, columns) and viewed where it is read, so
the type depends on names and kinds only and a new parameter compiles nothing. Texts are part of the type: constants.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import box, intrinsic, models, register_model
from numba.np import arrayobj

from btlab.indicators.handle import SEVERAL, Handle


class HandleType(types.Type):
    """An indicator's handle: an int64 that `ctx` reads values by, and nothing can be calculated with."""

    def __init__(self) -> None:
        super().__init__(name="Handle")


@register_model(HandleType)
class HandleModel(models.PrimitiveModel):
    def __init__(self, manager: Any, handle: HandleType) -> None:
        super().__init__(manager, handle, ir.IntType(64))


HANDLE = HandleType()
SCALARS = {"f8": types.float64, "i8": types.int64, "?": types.boolean, "h": HANDLE}
STORED = {"h": "i8"}
"""What of them is stored as another."""


@intrinsic
def word_of(_: Any, one: Any) -> Any:
    """The number that a handle is, and any other number as it is."""
    kind = types.int64 if isinstance(one, HandleType) else types.unliteral(one)
    return kind(one), lambda *generate: generate[3][0]


@box(HandleType)
def box_handle(_: HandleType, value: Any, c: Any) -> Any:
    """What `print` shows."""
    return c.pyapi.long_from_longlong(value)


class SelfType(types.Type):
    """The type of a strategy's `self`: its layout (name -> kind, offset) and its texts."""

    def __init__(self, layout: tuple[tuple[str, str, int], ...], texts: tuple[tuple[str, str], ...]) -> None:
        self.fields = {name: (kind, offset) for name, kind, offset in layout}
        self.texts = dict(texts)
        super().__init__(name=f"Strategy({layout}, {texts})")


register_model(SelfType)(models.OpaqueModel)


class Layout:
    """Where each of a strategy's values goes: one aligned record, and the arrays beside it.

    Attributes:
        type: the `SelfType`; record: the bytes, kept alive by whoever runs; arrays: likewise, by name.
        foreign: name -> type name of what compiled code cannot hold.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.foreign: dict[str, str] = {}
        kinds, texts = {}, []
        for name, value in values.items():
            if isinstance(value, str):
                texts.append((name, value))
            elif (kind := kind_of(value)) is None:
                self.foreign[name] = _in_words(value)
            else:
                kinds[name] = kind
                if kind[0] == "a":
                    self.arrays[name] = np.array(value, order="C")
        self.handles = {int(value): value for value in values.values() if isinstance(value, Handle)}
        stored = [(name, STORED.get(kind, kind) if kind in SCALARS else ("i8", (3,))) for name, kind in kinds.items()]
        self.dtype = np.dtype(stored or [("_", "i8")], align=True)
        self.record = np.zeros(1, self.dtype)
        for name, kind in kinds.items():
            if kind in SCALARS:
                self.record[0][name] = int(values[name]) if kind == "h" else values[name]
            else:
                array = self.arrays[name]
                self.record[0][name] = (array.ctypes.data, array.shape[0], array.shape[-1])
        offsets: Any = self.dtype.fields or {}
        self.type = SelfType(tuple((n, k, int(offsets[n][1])) for n, k in kinds.items()), tuple(texts))

    @property
    def address(self) -> int:
        return self.record.ctypes.data

    def write_back(self, strategy: Any) -> None:
        """Give the strategy object the state it had at the end of the run."""
        for name, (kind, _) in self.type.fields.items():
            value: Any = self.arrays[name] if name in self.arrays else self.record[0][name].item()
            setattr(strategy, name, self.handles.get(value, value) if kind == "h" else value)


def kind_of(value: Any) -> str | None:
    """One of "f8", "i8", "?", "h" (a handle) of a scalar, "a<dimensions><kind>" of an array, None of anything else."""
    if isinstance(value, np.ndarray):
        kind = {"f": "f8", "i": "i8", "b": "?"}.get(value.dtype.kind)
        return f"a{value.ndim}{kind}" if kind and value.ndim in (1, 2) and value.dtype == np.dtype(kind) else None
    if isinstance(value, bool | np.bool_):
        return "?"
    if isinstance(value, Handle):
        return "h"
    if isinstance(value, int | np.integer):
        return "i8" if -(2**63) <= value < 2**63 else None
    return "f8" if isinstance(value, float | np.floating) else None


def _in_words(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.ndim}-dimensional array of {value.dtype}"
    if isinstance(value, tuple) and value and all(isinstance(one, Handle) for one in value):
        return SEVERAL
    return f"{type(value).__name__} beyond 64 bits" if isinstance(value, int | np.integer) else type(value).__name__


def array_type(kind: str) -> types.Array:
    return types.Array(from_dtype(np.dtype(kind[2:])), int(kind[1]), "C")


@infer_getattr
class SelfAttributes(AttributeTemplate):
    key = SelfType

    def generic_resolve(self, self_type: SelfType, name: str) -> Any:
        if name in self_type.texts:
            return types.literal(self_type.texts[name])
        if name in self_type.fields:
            kind = self_type.fields[name][0]
            return SCALARS.get(kind) or array_type(kind)
        return None


def _field_pointer(context: Any, builder: Any, value: Any, offset: int, kind: Any) -> Any:
    return cgutils.pointer_add(builder, value, offset, return_type=context.get_data_type(kind).as_pointer())


@lower_getattr_generic(SelfType)
def get_field(context: Any, builder: Any, self_type: SelfType, value: Any, name: str) -> Any:
    if name in self_type.texts:
        return context.get_dummy_value()
    kind, offset = self_type.fields[name]
    if kind in SCALARS:
        pointer = _field_pointer(context, builder, value, offset, SCALARS[kind])
        return context.unpack_value(builder, SCALARS[kind], pointer)
    slots = [builder.load(_field_pointer(context, builder, value, offset + 8 * slot, types.intp)) for slot in range(3)]
    kind_type = array_type(kind)
    array = arrayobj.make_array(kind_type)(context, builder)
    itemsize = context.get_constant(types.intp, np.dtype(kind[2:]).itemsize)
    shape = slots[1 : 1 + kind_type.ndim]
    strides = [itemsize] if kind_type.ndim == 1 else [builder.mul(itemsize, shape[1]), itemsize]
    data = builder.inttoptr(slots[0], array.data.type)
    arrayobj.populate_array(array, data=data, shape=shape, strides=strides, itemsize=itemsize, meminfo=None)
    return array._getvalue()


@lower_setattr_generic(SelfType)
def set_field(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    self_type, value_type = signature.args
    kind, offset = self_type.fields[name]
    if kind not in SCALARS:
        return  # `compile.check_stores` refuses it, with its line
    pointer = _field_pointer(context, builder, arguments[0], offset, SCALARS[kind])
    context.pack_value(builder, value_type, arguments[1], pointer)
