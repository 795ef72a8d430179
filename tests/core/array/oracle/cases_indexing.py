# SPDX-License-Identifier: LGPL-2.1-or-later
"""Views, integer arrays, masks, and writing through them."""
import numpy

import library


def random_items(case, shape):
    """What may stand between brackets for an array of that shape."""
    random = case.random
    head = int(random.integers(0, len(shape) + 1))
    tail = int(random.integers(0, len(shape) - head + 1))
    kinds = [random_item(case, extent) for extent in shape[:head]]
    if tail > 0 or random.integers(2) == 0:
        kinds.append(Ellipsis)
        kinds += [random_item(case, extent) for extent in shape[len(shape) - tail:]]
    for _ in range(random.integers(0, 3)):
        kinds.insert(int(random.integers(0, len(kinds) + 1)), None)
    return tuple(kinds)


def random_item(case, extent):
    random = case.random
    if extent > 0 and random.integers(3) == 0:
        return int(random.integers(-extent, extent))
    bounds = [None if random.integers(3) == 0 else int(random.integers(-7, 8)) for _ in range(2)]
    return slice(bounds[0], bounds[1], int(random.choice([-3, -2, -1, 1, 2, 3])))


def random_range(case, extent, length):
    """A slice of `length` elements, in either direction."""
    step = int(case.random.choice([-2, -1, 1, 2]))
    if abs(step) * (length - 1) >= extent:
        step //= abs(step)
    reach = abs(step) * (length - 1)
    low = int(case.random.integers(0, extent - reach))
    if step > 0:
        return slice(low, low + reach + 1, step)
    return slice(low + reach, low - 1 if low > 0 else None, step)


def view(case, array, kinds):
    return case.api.call('mfg_index', array, len(kinds), library.items(kinds))


def case_view(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    kinds = random_items(case, data.shape)
    case.check(view(case, array, kinds), data[kinds])


def case_assign_to_view(case):
    data, array = case.values.pair(case.values.shape(), case.values.kind())
    kinds = random_items(case, data.shape)
    source = case.values.data(data[kinds].shape, data.dtype)
    there = case.values.layout(source)
    copied = data.copy()
    copied[kinds] = source
    case.api.run('mfg_assign_operand', view(case, array, kinds), library.operand(there))
    case.check(array, copied)


def case_assign_between_views(case):
    """Source and target are parts of one array, which may overlap."""
    data = case.values.data(case.values.shape(1, 3, 1, 7), case.values.kind())
    array = case.api.array(data)
    for _ in range(3):
        lengths = [int(case.random.integers(1, n + 1)) for n in data.shape]
        target, source = [tuple(random_range(case, n, length) for n, length in zip(data.shape, lengths))
                          for _ in range(2)]
        case.api.run('mfg_assign_operand', view(case, array, target), library.operand(view(case, array, source)))
        data[target] = data[source].copy()
    case.check(array, data)


def case_assign_many_in_order(case):
    """Targets that overlap are written in order, from sources read before."""
    data = case.values.data((int(case.random.integers(4, 9)), int(case.random.integers(1, 6))), numpy.float64, False)
    array = case.api.array(data)
    count = int(case.random.integers(2, 5))
    lengths = [int(case.random.integers(1, n // 2 + 2)) for n in data.shape]
    lengths = [min(length, n) for length, n in zip(lengths, data.shape)]
    parts = [tuple(random_range(case, n, length) for n, length in zip(data.shape, lengths)) for _ in range(2 * count)]
    targets, sources = parts[:count], parts[count:]
    read = [data[kinds] * 2 for kinds in sources]
    computed = [case.api.call('mfg_apply', 18, library.operand(view(case, array, kinds)), library.operand(2.0),
                              library.operand(0.0)) for kinds in sources]
    for kinds, values in zip(targets, read):
        data[kinds] = values
    case.api.run('mfg_assign_many', count, [view(case, array, kinds) for kinds in targets], computed)
    case.check(array, data)


def random_index(case, extent, shape):
    kind = case.values.kind('i')
    return case.random.integers(-extent, extent, shape).astype(kind)


def case_take(case):
    data, array = case.values.pair(case.values.shape(1, 4, 1), case.values.kind())
    axis = int(case.random.integers(-data.ndim, data.ndim))
    index = random_index(case, data.shape[axis], int(case.random.integers(0, 7)))
    case.check(case.api.call('mfg_take', array, case.values.layout(index), axis), numpy.take(data, index, axis))


def case_take_along_axis(case):
    data, array = case.values.pair(case.values.shape(1, 4, 1), case.values.kind())
    axis = int(case.random.integers(-data.ndim, data.ndim))
    shape = [n if case.random.integers(3) else 1 for n in data.shape]
    shape[axis] = int(case.random.integers(0, 5))
    index = random_index(case, data.shape[axis], shape)
    found = case.api.call('mfg_take_along_axis', array, case.values.layout(index), axis)
    case.check(found, numpy.take_along_axis(data, index, axis))


def random_indices(case, shape):
    """Integer arrays for some of the first axes, which broadcast."""
    count = int(case.random.integers(1, len(shape) + 1))
    common = case.values.shape(0, 2, 1, 4)
    indices = []
    for extent in shape[:count]:
        own = tuple(n if case.random.integers(3) else 1 for n in common)[int(case.random.integers(0, len(common) + 1)):]
        indices.append(random_index(case, extent, own))
    return indices


def case_at_indices(case):
    data, array = case.values.pair(case.values.shape(1, 4, 1), case.values.kind())
    indices = random_indices(case, data.shape)
    found = case.api.call('mfg_at_indices', array, len(indices), [case.values.layout(i) for i in indices])
    case.check(found, data[tuple(indices)])


def case_assign_at_mask(case):
    data = case.values.data(case.values.shape(1, 4), case.values.kind())
    array = case.values.layout(data)
    over = int(case.random.integers(1, data.ndim + 1))
    mask = case.values.data(data.shape[:over], bool)
    form = case.random.integers(3)
    if form == 0:
        source = case.values.data((), data.dtype)
        data[mask] = source
        source = library.operand(case.api.array(source))
    elif form == 1:
        rest = tuple(n if case.random.integers(3) else 1 for n in data.shape[over:])
        source = case.values.data(rest, data.dtype)
        data[mask] = source
        source = library.operand(case.api.array(source))
    else:
        source = case.values.data((int(mask.sum()),) + data.shape[over:], data.dtype)
        data[mask] = source
        source = library.operand(case.values.layout(source))
    case.api.run('mfg_assign_at_mask_operand', array, case.values.layout(mask), source)
    case.check(array, data)
