# SPDX-License-Identifier: LGPL-2.1-or-later
"""Products of matrices and tensors."""
import numpy

import library

NEAR = 1e-12


def stacks(case):
    """Axes before the matrices, which broadcast."""
    common = case.values.shape(0, 3, 1, 3)
    shapes = [tuple(n if case.random.integers(3) else 1 for n in common) for _ in range(2)]
    return [shape[int(case.random.integers(0, len(shape) + 1)):] for shape in shapes]


def case_matmul(case):
    most = 40 if case.random.integers(4) == 0 else 5
    rows, inner, columns = (int(n) for n in case.random.integers(0, most, 3))
    first, second = stacks(case)
    a_shape, b_shape = first + (rows, inner), second + (inner, columns)
    if case.random.integers(4) == 0:
        a_shape = (inner,)
    if case.random.integers(4) == 0:
        b_shape = (inner,)
    kind = case.values.kind('ifuc')
    (a, left), (b, right) = case.values.pair(a_shape, kind, False), case.values.pair(b_shape, kind, False)
    case.check(case.api.call('mfg_matmul', left, right), numpy.matmul(a, b), NEAR)


def case_matmul_of_many_axes(case):
    if case.number % 10:
        return
    kind = case.values.kind('f')
    a, left = case.values.pair((2, 1, 2, 1, 2, 1, 3, 4), kind, False)
    b, right = case.values.pair((2, 1, 2, 1, 1, 4, 2), kind, False)
    case.check(case.api.call('mfg_matmul', left, right), numpy.matmul(a, b), NEAR)


def case_matrix_transpose(case):
    data, array = case.values.pair(case.values.shape(2), case.values.kind())
    case.check(case.api.call('mfg_matrix_transpose', array), numpy.swapaxes(data, -1, -2))


def case_tensordot(case):
    kind = case.values.kind('ifuc')
    summed = case.values.shape(0, 2, 0, 4)
    sides = []
    for _ in range(2):
        free = case.values.shape(0, 2, 0, 4)
        order = case.random.permutation(len(summed) + len(free))
        shape = [(summed + free)[place] for place in order]
        axes = [int(numpy.where(order == i)[0][0]) for i in range(len(summed))]
        axes = [axis - len(shape) if case.random.integers(2) else axis for axis in axes]
        sides.append(case.values.pair(tuple(shape), kind, False) + (axes,))
    (a, left, axes_a), (b, right, axes_b) = sides
    found = case.api.call('mfg_tensordot', left, right, len(summed), library.integers(axes_a),
                          library.integers(axes_b))
    case.check(found, numpy.tensordot(a, b, (axes_a, axes_b)), NEAR)


def case_vecdot(case):
    common = case.values.shape(1, 4, 0, 4)
    axis = -int(case.random.integers(1, len(common) + 1))
    kind = case.values.kind('ifuc')
    pairs = []
    for _ in range(2):
        shape = [n if case.random.integers(3) else 1 for n in common]
        shape[axis] = common[axis]
        cut = int(case.random.integers(0, len(common) + axis + 1))
        pairs.append(case.values.pair(tuple(shape[cut:]), kind, False))
    (a, left), (b, right) = pairs
    rank = max(a.ndim, b.ndim)
    wide = [x.reshape((1,) * (rank - x.ndim) + x.shape) for x in (a, b)]
    expected = numpy.asarray(numpy.sum(numpy.conj(wide[0]) * wide[1], axis=axis, dtype=kind))
    case.check(case.api.call('mfg_vecdot', left, right, axis), expected, NEAR)


def case_matmul_of_blocks(case):
    """Larger than the blocks that a backend may cut a product into; few, and far between."""
    if case.number % 25 != 24:
        return
    rows, inner, columns = (int(n) for n in case.random.integers(90, 300, 3))
    kind = case.values.kind('ifuc')
    a, left = case.values.pair((rows, inner), kind, False)
    b, right = case.values.pair((inner, columns), kind, False)
    case.check(case.api.call('mfg_matmul', left, right), numpy.matmul(a, b), NEAR)
