# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sorting, searching, different elements."""
from ctypes import c_void_p

import numpy

import library


def stable_order(data, axis, descending):
    """argsort with equal elements in their order and NaN last, in either direction."""
    if not descending:
        return numpy.argsort(data, axis, kind='stable')
    if data.dtype.kind == 'f':
        keys = numpy.where(numpy.isnan(data), -numpy.inf, data)
        # -inf beside NaN: the numbers come first.
        second = numpy.isnan(data)
        ranks = numpy.unique(keys, return_inverse=True)[1].reshape(data.shape) * 2 - second
    else:
        ranks = numpy.unique(data, return_inverse=True)[1].reshape(data.shape)
    return numpy.argsort(-ranks, axis, kind='stable')


def case_sort(case):
    most = 40 if case.random.integers(3) == 0 else 6
    shape = case.values.shape(1, 3, 0, most)
    data, array = case.values.pair(shape, case.values.kind('bifu'))
    axis = int(case.random.integers(-data.ndim, data.ndim))
    for descending in (False, True):
        order = stable_order(data, axis, descending)
        case.check(case.api.call('mfg_argsort', array, axis, descending), order)
        case.check(case.api.call('mfg_sort', array, axis, descending), numpy.take_along_axis(data, order, axis))


def case_long_lines(case):
    """So long that a search goes on from one kernel to the next; few of them, and far between."""
    if case.number % 10 != 0:
        return
    data = case.values.data((int(case.random.integers(5000, 9000)),), case.values.kind('if'), True, 1000)
    array = case.values.layout(data)
    order = numpy.argsort(data, kind='stable')
    case.check(case.api.call('mfg_argsort', array, 0, False), order)
    found = case.api.call('mfg_searchsorted', case.api.array(data[order]), array, True, None)
    case.check(found, numpy.searchsorted(data[order], data, 'right'))


def case_very_long_lines(case):
    """So long that a backend may give one line to several threads; only among many cases."""
    if case.number % 75 != 74:
        return
    data = case.values.data((2, int(case.random.integers(270000, 300000))), case.values.kind('ifu'), True, 100000)
    array = case.api.array(data)
    for descending in (False, True):
        order = stable_order(data, 1, descending)
        case.check(case.api.call('mfg_argsort', array, 1, descending), order)
        case.check(case.api.call('mfg_sort', array, 1, descending), numpy.take_along_axis(data, order, 1))


def case_searchsorted(case):
    kind = case.values.kind('ifu')
    keys = case.values.data((int(case.random.integers(0, 60)),), kind)
    values, wanted = case.values.pair(case.values.shape(0, 3), kind)
    for right in (False, True):
        side = 'right' if right else 'left'
        ordered = case.values.layout(numpy.sort(keys))
        expected = numpy.asarray(numpy.searchsorted(numpy.sort(keys), values, side))
        case.check(case.api.call('mfg_searchsorted', ordered, wanted, right, None), expected)
        order = numpy.argsort(keys, kind='stable')
        found = case.api.call('mfg_searchsorted', case.values.layout(keys), wanted, right, case.values.layout(order))
        case.check(found, expected)


def case_nonzero(case):
    data, array = case.values.pair(case.values.shape(1), case.values.kind())
    found = case.api.call_many('mfg_nonzero', array, results=data.ndim)
    for one, other in zip(found, numpy.nonzero(data)):
        case.check(one, other)


def case_at_mask(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    over = int(case.random.integers(0, data.ndim + 1))
    mask = case.values.data(data.shape[:over], bool)
    case.check(case.api.call('mfg_at_mask', array, case.values.layout(mask)), data[mask])


def case_repeat_each(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axis = None if data.ndim == 0 or case.random.integers(4) == 0 else int(case.random.integers(-data.ndim, data.ndim))
    count = data.size if axis is None else data.shape[axis]
    times = case.random.integers(0, 4, count).astype(case.values.kind('i'))
    there = -2**31 if axis is None else axis
    found = case.api.call('mfg_repeat_each', array, case.values.layout(times), there)
    case.check(found, numpy.repeat(data, times, axis))


def case_unique(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind('bifu'))
    values, positions, inverse, counts = numpy.unique(data, True, True, True, equal_nan=False)
    places = (c_void_p * 4)()
    case.api.run('mfg_unique', array, *[library.ctypes.byref(places, 8 * i) for i in range(4)])
    found = [library.Array(case.api, place) for place in places]
    for one, other in zip(found, (values, positions, inverse.reshape(data.shape), counts)):
        case.check(one, other)


def case_assign_at_indices(case):
    """Duplicates: the last write stays."""
    data = case.values.data(case.values.shape(1, 3, 1), case.values.kind())
    array = case.values.layout(data)
    count = int(case.random.integers(1, data.ndim + 1))
    common = case.values.shape(0, 2, 0, 6)
    indices = []
    for extent in data.shape[:count]:
        own = tuple(n if case.random.integers(3) else 1 for n in common)
        indices.append(case.random.integers(-extent, extent, own).astype(case.values.kind('i')))
    whole = numpy.broadcast_arrays(*indices)[0].shape + data.shape[count:]
    shape = tuple(n if case.random.integers(3) else 1 for n in whole)[int(case.random.integers(0, len(whole) + 1)):]
    source = case.values.data(shape, data.dtype)
    wide = numpy.broadcast_to(source, whole)
    grid = [numpy.broadcast_to(index, whole[:len(whole) - data.ndim + count]) for index in indices]
    for place in numpy.ndindex(grid[0].shape):
        data[tuple(index[place] for index in grid)] = wide[place]
    case.api.run('mfg_assign_at_indices_operand', array, count, [case.values.layout(i) for i in indices],
                 library.operand(case.values.layout(source)))
    case.check(array, data)
