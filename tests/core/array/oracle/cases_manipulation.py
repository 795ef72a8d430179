# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rearranging arrays."""
from ctypes import c_uint32

import numpy

import library

NO_AXIS = -2**31


def any_axis(case, rank):
    return int(case.random.integers(-rank, rank))


def axis_or_none(case, rank):
    """The axis here, and as the library takes it."""
    if rank == 0 or case.random.integers(4) == 0:
        return None, NO_AXIS
    axis = any_axis(case, rank)
    return axis, axis


def case_broadcast_to(case):
    data, array = case.values.pair(case.values.shape(0, 3), case.values.kind())
    shape = tuple(int(case.random.integers(0, 4)) if n == 1 else n for n in data.shape)
    shape = case.values.shape(0, 2) + shape
    found = case.api.call('mfg_broadcast_to', array, len(shape), library.extents(shape))
    case.check(found, numpy.broadcast_to(data, shape))


def case_broadcast_arrays(case):
    common = case.values.shape(0, 4)
    pairs = []
    for _ in range(case.random.integers(1, 4)):
        shape = tuple(n if case.random.integers(3) else 1 for n in common)
        pairs.append(case.values.pair(shape[case.random.integers(0, len(shape) + 1):], case.values.kind()))
    found = case.api.call_many('mfg_broadcast_arrays', len(pairs), [array for _, array in pairs], results=len(pairs))
    for one, other in zip(found, numpy.broadcast_arrays(*[data for data, _ in pairs])):
        case.check(one, other)


def joinable(case, axis_free):
    kind = case.values.kind()
    shape = list(case.values.shape(1, 3))
    axis = any_axis(case, len(shape))
    pairs = []
    for _ in range(case.random.integers(1, 5)):
        own = list(shape)
        if axis_free:
            own[axis] = int(case.random.integers(0, 4))
        pairs.append(case.values.pair(tuple(own), kind))
    return axis, [data for data, _ in pairs], [array for _, array in pairs]


def case_concat(case):
    axis, data, arrays = joinable(case, True)
    case.check(case.api.call('mfg_concat', len(arrays), arrays, axis), numpy.concatenate(data, axis))
    case.check(case.api.call('mfg_concat', len(arrays), arrays, NO_AXIS), numpy.concatenate(data, None))


def case_stack(case):
    _, data, arrays = joinable(case, False)
    axis = any_axis(case, data[0].ndim + 1)
    case.check(case.api.call('mfg_stack', len(arrays), arrays, axis), numpy.stack(data, axis))


def case_unstack(case):
    data, array = case.values.pair(case.values.shape(1), case.values.kind())
    axis = any_axis(case, data.ndim)
    found = case.api.call_many('mfg_unstack', array, axis, data.shape[axis], results=data.shape[axis])
    for one, other in zip(found, numpy.moveaxis(data, axis, 0)):
        case.check(one, other)


def case_expand_and_squeeze(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axis = any_axis(case, data.ndim + 1)
    wide = case.api.call('mfg_expand_axis', array, axis)
    case.check(wide, numpy.expand_dims(data, axis))
    case.check(case.api.call('mfg_squeeze', wide, axis), data)
    ones = [a for a, n in enumerate(wide.shape) if n == 1 and case.random.integers(2)]
    found = case.api.call('mfg_squeeze_axes', wide, c_uint32(sum(1 << a for a in ones)))
    case.check(found, numpy.squeeze(numpy.expand_dims(data, axis), tuple(ones)))


def case_flip(case):
    data, array = case.values.pair(case.values.shape(1), case.values.kind())
    axis = any_axis(case, data.ndim)
    case.check(case.api.call('mfg_flip', array, axis), numpy.flip(data, axis))
    axes = [a for a in range(data.ndim) if case.random.integers(2)]
    case.check(case.api.call('mfg_flip_axes', array, library.axes_mask(axes)), numpy.flip(data, axes))
    case.check(case.api.call('mfg_flip_axes', array, library.axes_mask(None)), numpy.flip(data))


def case_move_axes(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    count = int(case.random.integers(0, data.ndim + 1))
    order = [int(a) for a in case.random.permutation(data.ndim)[:count]]
    place = [int(a) - (data.ndim if case.random.integers(2) else 0)
             for a in case.random.permutation(data.ndim)[:count]]
    found = case.api.call('mfg_move_axes', array, count, library.integers(order), library.integers(place))
    case.check(found, numpy.moveaxis(data, order, place))


def case_permute(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    order = [int(a) for a in case.random.permutation(data.ndim)]
    case.check(case.api.call('mfg_permute', array, library.integers(order)), data.transpose(order))


def case_reshape(case):
    """Every layout, to a shape that is cut at random; then through memory that is shared."""
    data, array = case.values.pair(case.values.shape(0, 4, 0, 6), case.values.kind())
    shape, left = [], data.size
    while left > 1 and len(shape) < 6:
        factors = [n for n in range(1, left + 1) if left % n == 0]
        shape.append(int(case.random.choice(factors)))
        left //= shape[-1]
    shape = shape + [left] if left > 1 else shape if data.size else [0, 3]
    asked = list(shape)
    if asked and data.size and case.random.integers(2):
        asked[int(case.random.integers(len(asked)))] = -1
    for copy in range(2):
        found = case.api.call('mfg_reshape_with', array, len(asked), library.extents(asked), copy)
        case.check(found, data.reshape(shape))
    try:
        view = case.api.call('mfg_reshape_with', array, len(asked), library.extents(asked), 2)
    except library.LibraryError:
        case.api.forget_error()
        return
    case.api.run('mfg_assign_operand', view, library.operand(case.api.array(numpy.zeros((), data.dtype))))
    case.check(array, numpy.zeros_like(data))


def case_roll(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axis, there = axis_or_none(case, data.ndim)
    shift = int(case.random.integers(-9, 10))
    case.check(case.api.call('mfg_roll', array, shift, there), numpy.roll(data, shift, axis))


def case_repeat_elements(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    axis, there = axis_or_none(case, data.ndim)
    times = int(case.random.integers(0, 4))
    case.check(case.api.call('mfg_repeat_elements', array, times, there), numpy.repeat(data, times, axis))


def case_tile(case):
    data, array = case.values.pair(case.values.shape(0, 3, 0, 4), case.values.kind())
    times = [int(n) for n in case.random.integers(0, 4, case.random.integers(0, 5))]
    case.check(case.api.call('mfg_tile', array, len(times), library.extents(times)), numpy.tile(data, times))
