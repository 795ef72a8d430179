# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reductions, running sums, counts."""
from ctypes import c_uint32

import numpy

import library

SUM, PRODUCT, MIN, MAX, ANY, ALL, ARGMIN, ARGMAX = range(1, 9)
NEAR = 1e-12


def some_axes(case, rank):
    """Axes here, and as a mask; None for all of them."""
    if case.random.integers(3) == 0:
        return None, library.axes_mask(None)
    axes = tuple(a for a in range(rank) if case.random.integers(2))
    return axes, library.axes_mask(axes)


def reduce(case, operation, array, mask, keep):
    return case.api.call('mfg_reduce', c_uint32(operation), array, mask, keep)


def case_sum_and_product(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axes, mask = some_axes(case, data.ndim)
    keep = bool(case.random.integers(2))
    case.check(reduce(case, SUM, array, mask, keep), library_sum(numpy.sum, data, axes, keep), NEAR)
    case.check(reduce(case, PRODUCT, array, mask, keep), library_sum(numpy.prod, data, axes, keep), NEAR)


def library_sum(function, data, axes, keep):
    """NumPy leaves the type of an array alone where it sums over no axis; the standard does not."""
    kind = None if axes is None or axes else function(data[:0] if data.ndim else data).dtype
    return function(data, axis=axes, keepdims=keep, dtype=kind)


def case_reduce_as(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind('bi'))
    axes, mask = some_axes(case, data.ndim)
    kind = case.values.kind('if')
    found = case.api.call('mfg_reduce_as', c_uint32(SUM), array, library.type_code(kind), mask, False)
    case.check(found, numpy.sum(data, axis=axes, dtype=kind), NEAR)


def case_extremes(case):
    data, array = case.values.pair(case.values.shape(0, 4, 1), case.values.kind('ifu'))
    axes, mask = some_axes(case, data.ndim)
    keep = bool(case.random.integers(2))
    case.check(reduce(case, MIN, array, mask, keep), numpy.min(data, axis=axes, keepdims=keep))
    case.check(reduce(case, MAX, array, mask, keep), numpy.max(data, axis=axes, keepdims=keep))


def case_positions(case):
    data, array = case.values.pair(case.values.shape(1, 4, 1), case.values.kind('ifu'))
    axis = int(case.random.integers(data.ndim))
    mask = library.axes_mask((axis,))
    keep = bool(case.random.integers(2))
    case.check(reduce(case, ARGMIN, array, mask, keep), numpy.argmin(data, axis=axis, keepdims=keep))
    case.check(reduce(case, ARGMAX, array, mask, keep), numpy.argmax(data, axis=axis, keepdims=keep))
    case.check(reduce(case, ARGMAX, array, library.axes_mask(None), False), numpy.argmax(data))


def case_any_and_all(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axes, mask = some_axes(case, data.ndim)
    keep = bool(case.random.integers(2))
    case.check(reduce(case, ANY, array, mask, keep), numpy.any(data, axis=axes, keepdims=keep))
    case.check(reduce(case, ALL, array, mask, keep), numpy.all(data, axis=axes, keepdims=keep))


def case_mean(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axes, mask = some_axes(case, data.ndim)
    keep = bool(case.random.integers(2))
    case.check(case.api.call('mfg_mean', array, mask, keep), numpy.mean(data, axis=axes, keepdims=keep), NEAR)


def case_spread(case):
    data, array = case.values.pair(case.values.shape(0, 4, 1), case.values.kind('if'), False)
    axes, mask = some_axes(case, data.ndim)
    keep, correction = bool(case.random.integers(2)), float(case.random.integers(0, 3)) / 2
    expected = numpy.var(data, axis=axes, ddof=correction, keepdims=keep)
    case.check(case.api.call('mfg_var', array, mask, correction, keep), expected, NEAR)
    case.check(case.api.call('mfg_std', array, mask, correction, keep), numpy.sqrt(expected), NEAR)


def case_cumulative(case):
    data, array = case.values.pair(case.values.shape(1), case.values.kind())
    axis = int(case.random.integers(-data.ndim, data.ndim))
    case.check(case.api.call('mfg_cumulative_sum', array, axis), numpy.cumsum(data, axis), NEAR)
    case.check(case.api.call('mfg_cumulative_prod', array, axis), numpy.cumprod(data, axis), NEAR)


def case_cumulative_with_start(case):
    data, array = case.values.pair(case.values.shape(1), case.values.kind())
    axis = int(case.random.integers(-data.ndim, data.ndim))
    kind = None if case.random.integers(2) else case.values.kind('c' if data.dtype.kind == 'c' else 'f')
    code = library.c_uint8(0) if kind is None else library.type_code(kind)
    for operation, function, neutral in ((SUM, numpy.cumsum, 0), (PRODUCT, numpy.cumprod, 1)):
        expected = function(data, axis, dtype=kind)
        shape = list(expected.shape)
        shape[axis] = 1
        expected = numpy.concatenate([numpy.full(shape, neutral, expected.dtype), expected], axis)
        found = case.api.call('mfg_cumulative', c_uint32(operation), array, axis, code, True)
        case.check(found, expected, NEAR)


def case_count_nonzero(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axes, mask = some_axes(case, data.ndim)
    found = case.api.call('mfg_count_nonzero', array, mask, False)
    case.check(found, numpy.asarray(numpy.count_nonzero(data, axis=axes), 'i8'))


def case_diff(case):
    data, array = case.values.pair(case.values.shape(1), case.values.kind('if'))
    axis = int(case.random.integers(-data.ndim, data.ndim))
    times = int(case.random.integers(0, 4))
    edges, there = [], []
    for _ in range(2):
        shape = list(data.shape)
        shape[axis] = int(case.random.integers(1, 3))
        given = case.random.integers(2) == 0
        edge, array_of_edge = case.values.pair(tuple(shape), data.dtype)
        edges.append(edge if given else numpy._NoValue)
        there.append(array_of_edge if given else None)
    expected = numpy.diff(data, times, axis, edges[0], edges[1]) if times else \
        numpy.concatenate([e for e in (edges[0], data, edges[1]) if e is not numpy._NoValue], axis)
    case.check(case.api.call('mfg_diff', array, axis, times, *there), expected)
