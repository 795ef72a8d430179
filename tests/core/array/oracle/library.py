# SPDX-License-Identifier: LGPL-2.1-or-later
"""libmfg seen from Python: contexts, scopes and arrays, as far as the comparison with NumPy needs them."""
import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint8, c_void_p

import numpy

TYPES = {
    1: numpy.bool_, 2: numpy.int8, 3: numpy.int16, 4: numpy.int32, 5: numpy.int64,
    6: numpy.uint8, 7: numpy.uint16, 8: numpy.uint32, 9: numpy.uint64,
    10: numpy.float32, 11: numpy.float64, 12: numpy.complex64, 13: numpy.complex128,
}
CODES = {numpy.dtype(kind): code for code, kind in TYPES.items()}
END = -2**63
FIRST = 2**63 - 1


class Item(ctypes.Structure):
    """One item of mfg_index: what becomes of an axis."""
    _fields_ = [('kind', c_int32), ('start', c_int64), ('stop', c_int64), ('step', c_int64)]


class Operand(ctypes.Structure):
    """mfg_operand: an array or a number."""
    _fields_ = [('array', c_void_p), ('real', c_double), ('integer', c_int64), ('kind', c_int32),
                ('imaginary', c_double)]


class LibraryError(Exception):
    """A call of the library failed."""


class Library:
    """The library, with one context on the backend that MFG_BACKEND names."""

    def __init__(self, path):
        self.handle = ctypes.CDLL(path)
        self.results = {}
        for name in ('mfg_array_rank', 'mfg_sync', 'mfg_to_host', 'mfg_scope_status', 'mfg_scope_close'):
            self.returns(name, c_int)
        self.returns('mfg_scope_open', c_void_p)
        self.returns('mfg_array_shape', POINTER(c_int64))
        self.returns('mfg_array_type', c_uint8)
        self.returns('mfg_last_error', c_char_p)
        self.returns('mfg_item', c_double)
        self.context = c_void_p()
        if self.handle.mfg_context_open(None, None, ctypes.byref(self.context)) != 0:
            raise LibraryError(self.last_error())
        self.scope = None
        self.types = self.known_types()

    def returns(self, name, kind):
        getattr(self.handle, name).restype = kind

    def last_error(self):
        return self.handle.mfg_last_error().decode()

    def known_types(self):
        """The types in which arrays can be made on this device."""
        known = []
        for code, kind in TYPES.items():
            self.open_scope()
            try:
                self.call('mfg_empty', c_uint8(code), 0, None)
                known.append(kind)
            except LibraryError:
                pass
            self.handle.mfg_scope_close(self.scope)
        return known

    def open_scope(self):
        self.scope = c_void_p(self.handle.mfg_scope_open(self.context))

    def close_scope(self):
        if self.handle.mfg_scope_close(self.scope) != 0:
            raise LibraryError(self.last_error())

    def close(self):
        self.handle.mfg_context_close(self.context)

    def call(self, name, *arguments):
        """An operation that returns an array."""
        function = getattr(self.handle, name)
        function.restype = c_void_p
        found = function(self.scope, *[argument_of(a) for a in arguments])
        if not found:
            raise LibraryError(f'{name}: {self.last_error()}')
        return Array(self, found)

    def call_many(self, name, *arguments, results):
        """An operation that returns several arrays through its last argument."""
        found = (c_void_p * max(results, 1))()
        self.run(name, *arguments, found)
        return [Array(self, handle) for handle in found[:results]]

    def forget_error(self):
        """Goes on in a new scope after a call that was expected to fail."""
        self.handle.mfg_scope_close(self.scope)
        self.open_scope()

    def run(self, name, *arguments):
        """An operation that returns a status."""
        function = getattr(self.handle, name)
        function.restype = c_int32
        if function(self.scope, *[argument_of(a) for a in arguments]) != 0:
            raise LibraryError(f'{name}: {self.last_error()}')

    def array(self, data):
        """A new array with the values of one of NumPy's."""
        data = numpy.asarray(data, order='C')
        shape = (c_int64 * max(data.ndim, 1))(*data.shape)
        return self.call('mfg_from_host', c_uint8(CODES[data.dtype]), data.ndim, shape,
                         c_void_p(data.ctypes.data))

    def counters(self):
        """The statistics of the context."""
        found = (ctypes.c_uint64 * 16)(ctypes.sizeof(ctypes.c_uint64) * 16)
        self.handle.mfg_context_statistics(self.context, found)
        return {'launched': found[1], 'fallbacks': found[4]}


class Array:
    """A handle; the scope owns it."""

    def __init__(self, library, handle):
        self.library = library
        self.handle = handle

    @property
    def shape(self):
        handle = self.library.handle
        rank = handle.mfg_array_rank(c_void_p(self.handle))
        shape = handle.mfg_array_shape(c_void_p(self.handle))
        return tuple(shape[axis] for axis in range(rank))

    @property
    def dtype(self):
        return numpy.dtype(TYPES[self.library.handle.mfg_array_type(c_void_p(self.handle))])

    def numpy(self):
        data = numpy.empty(self.shape, self.dtype)
        status = self.library.handle.mfg_to_host(c_void_p(self.handle), c_void_p(data.ctypes.data),
                                                 c_size_t(data.nbytes))
        if status != 0:
            raise LibraryError(self.library.last_error())
        return data


def argument_of(argument):
    """What ctypes passes for an argument of an operation."""
    if isinstance(argument, Array):
        return c_void_p(argument.handle)
    if isinstance(argument, bool):
        return c_bool(argument)
    if isinstance(argument, float):
        return c_double(argument)
    if isinstance(argument, int):
        return c_int64(argument)
    if isinstance(argument, (list, tuple)) and all(isinstance(a, Array) for a in argument):
        return (c_void_p * max(len(argument), 1))(*[a.handle for a in argument])
    return argument


def extents(shape):
    """A shape as the library takes it."""
    return (c_int64 * max(len(shape), 1))(*shape)


def integers(values):
    """A list of C ints."""
    return (c_int * max(len(values), 1))(*values)


def type_code(kind):
    return c_uint8(CODES[numpy.dtype(kind)])


def axes_mask(axes):
    """Axes as the mask of a reduction."""
    return c_uint32(0xff if axes is None else sum(1 << axis for axis in axes))


def operand(value):
    """An array, or a Python number, as mfg_operand."""
    if isinstance(value, Array):
        return Operand(value.handle, 0, 0, 0)
    if isinstance(value, bool):
        return Operand(None, float(value), int(value), 3)
    if isinstance(value, int):
        return Operand(None, float(value), value, 1)
    if isinstance(value, complex):
        return Operand(None, value.real, 0, 5, value.imag)
    return Operand(None, float(value), 0, 2)


def item(kind):
    """What Python writes between brackets as an item of mfg_index."""
    if kind is None:
        return Item(2, 0, 0, 0)
    if kind is Ellipsis:
        return Item(3, 0, 0, 0)
    if isinstance(kind, slice):
        step = 1 if kind.step is None else kind.step
        start = kind.start if kind.start is not None else 0 if step > 0 else FIRST
        return Item(0, start, END if kind.stop is None else kind.stop, step)
    return Item(1, kind, 0, 0)


def items(kinds):
    return (Item * max(len(kinds), 1))(*[item(kind) for kind in kinds])
