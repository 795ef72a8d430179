# SPDX-License-Identifier: LGPL-2.1-or-later
"""Complex arrays: arithmetic, functions, what moves and what reduces them."""
import cmath
import itertools

import numpy

import library
from cases_elementwise import TABLE, apply

COMPLEX = (numpy.complex64, numpy.complex128)


def log1p(z):
    """NumPy's own loses its digits near 0."""
    x, y = z.real, z.imag
    return 0.5 * numpy.log1p(x * (2 + x) + y * y) + 1j * numpy.arctan2(y, 1 + x)


FUNCTIONS = {
    'exp': numpy.exp, 'expm1': numpy.expm1, 'exp2': numpy.exp2, 'log': numpy.log, 'log1p': log1p,
    'log2': numpy.log2, 'log10': numpy.log10, 'sqrt': numpy.sqrt, 'sin': numpy.sin, 'cos': numpy.cos,
    'tan': numpy.tan, 'asin': numpy.arcsin, 'acos': numpy.arccos, 'atan': numpy.arctan, 'sinh': numpy.sinh,
    'cosh': numpy.cosh, 'tanh': numpy.tanh, 'asinh': numpy.arcsinh, 'acosh': numpy.arccosh, 'atanh': numpy.arctanh,
}
PYTHON = {
    'exp': cmath.exp, 'log': cmath.log, 'log10': cmath.log10, 'sqrt': cmath.sqrt, 'sin': cmath.sin, 'cos': cmath.cos,
    'tan': cmath.tan, 'asin': cmath.asin, 'acos': cmath.acos, 'atan': cmath.atan, 'sinh': cmath.sinh,
    'cosh': cmath.cosh, 'tanh': cmath.tanh, 'asinh': cmath.asinh, 'acosh': cmath.acosh, 'atanh': cmath.atanh,
}
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, numpy.inf, -numpy.inf, numpy.nan)


def complex_kind(case):
    return case.values.kind('c')


def numbers(case, shape, kind, span=3.0):
    """Numbers around the origin, some of them tiny or large, none special."""
    size = span * case.random.choice([1e-6, 1e-3, 1, 1, 1, 10], shape)
    parts = [case.random.uniform(-1, 1, shape) * size for _ in range(2)]
    return numpy.asarray(parts[0] + 1j * parts[1], kind)


def near(case, found, expected, kind):
    """Each value within a few rounding errors of its magnitude."""
    data = found.numpy()
    limit = 3e-6 if numpy.dtype(kind) == numpy.complex64 else 4e-15
    bad = ~(numpy.abs(data - expected) <= limit * numpy.maximum(numpy.abs(expected), 1e-30))
    if found.dtype != expected.dtype or numpy.any(bad):
        raise AssertionError(f'{found.dtype} found\n{data[bad]}\n{expected.dtype} expected\n{expected[bad]}')


def case_function(case):
    """Ordinary arguments, against NumPy's in double precision."""
    kind = complex_kind(case)
    data = numbers(case, case.values.shape(), kind)
    name = str(case.random.choice(sorted(FUNCTIONS)))
    expected = numpy.asarray(FUNCTIONS[name](data.astype(numpy.complex128)), kind)
    near(case, apply(case, name, case.values.layout(data)), expected, kind)


def part_agrees(found, expected):
    """Special parts agree where C leaves no choice: a NaN, an infinity, or a number."""
    if numpy.isnan(expected):
        return bool(numpy.isnan(found))
    if numpy.isinf(expected) or expected == 0:
        return bool(found == expected)
    return bool(abs(found - expected) <= 1e-14 * abs(expected))


def case_special_values(case):
    """All pairs of special parts, against Python's cmath; what it refuses to compute is left out. Where an argument is
    not finite C leaves the sign of zeros and infinities open."""
    name = str(case.random.choice(sorted(PYTHON)))
    arguments, expected = [], []
    for x, y in itertools.product(SPECIAL, SPECIAL):
        # Here Python follows an older C; the standard knows one part of the result.
        if (name, 0.0) in (('tanh', x), ('tan', y), ('acosh', x)) and not cmath.isfinite(complex(x, y)):
            continue
        try:
            expected.append(PYTHON[name](complex(x, y)))
            arguments.append(complex(x, y))
        except (ValueError, OverflowError):
            continue
    found = apply(case, name, case.api.array(numpy.array(arguments))).numpy()
    wrong = []
    for argument, a, b in zip(arguments, found, expected):
        open_sign = not (cmath.isfinite(argument))
        same = all(part_agrees(*(map(abs, pair) if open_sign and (pair[1] == 0 or numpy.isinf(pair[1])) else pair))
                   for pair in ((a.real, b.real), (a.imag, b.imag)))
        signs = open_sign or all(numpy.signbit(p) == numpy.signbit(q) or numpy.isnan(q)
                                 for p, q in ((a.real, b.real), (a.imag, b.imag)))
        if not (same and signs):
            wrong.append(f'{name}({argument}) = {a}, expected {b}')
    if wrong:
        raise AssertionError('\n'.join(wrong))


def case_large_and_tiny(case):
    """Results that are in range are found, though squares of the arguments are not."""
    name = str(case.random.choice(['abs', 'sqrt', 'log', 'asinh', 'acosh', 'sign']))
    size = 10.0 ** case.random.uniform(-300, 300, 8)
    data = size * numpy.exp(1j * case.random.uniform(-3, 3, 8))
    expected = {'abs': numpy.abs, 'sqrt': numpy.sqrt, 'log': numpy.log, 'asinh': numpy.arcsinh,
                'acosh': numpy.arccosh, 'sign': lambda z: z / numpy.abs(z)}[name](data)
    found = apply(case, name, case.api.array(data)).numpy()
    if not numpy.allclose(found, expected, rtol=1e-13, atol=0):
        raise AssertionError(f'{name} of {data}\nfound {found}\nexpected {expected}')


def operands(case):
    """A complex and any other array or number, in either order; and the type of both together."""
    kind = complex_kind(case)
    shape = case.values.shape()
    first = numbers(case, shape, kind)
    choice = case.random.integers(4)
    if choice == 0:
        second = numbers(case, shape, complex_kind(case))
        together = numpy.result_type(first, second)
    elif choice == 1:
        second = case.values.data(shape, case.values.kind('iufb'), False)
        exact = second.dtype.kind in 'iu'
        together = numpy.dtype('c16') if exact or second.dtype == 'f8' else first.dtype
    else:
        second = [2, -0.75, True, 0.5 - 2j][int(case.random.integers(4))]
        together = first.dtype
    there = case.values.layout(second) if isinstance(second, numpy.ndarray) else second
    pairs = [((first, second), (case.values.layout(first), there)), ((second, first), (there, case.values.layout(first)))]
    here, there = pairs[int(case.random.integers(2))]
    return [numpy.asarray(a).astype(together) for a in here], there, together


def case_arithmetic(case):
    here, there, together = operands(case)
    name = str(case.random.choice(['add', 'subtract', 'multiply', 'divide']))
    function = {'add': numpy.add, 'subtract': numpy.subtract, 'multiply': numpy.multiply, 'divide': numpy.divide}[name]
    case.check(apply(case, name, *there), numpy.asarray(function(*here), together), 1e-13)


def case_power(case):
    here, there, together = operands(case)
    case.check(apply(case, 'pow', *there), numpy.asarray(numpy.power(*here), together), 1e-12)


def case_division_in_range(case):
    """No overflow in between."""
    scale = 10.0 ** case.random.uniform(-250, 250, (2, 6))
    a, b = scale * numpy.exp(1j * case.random.uniform(-3, 3, (2, 6)))
    with numpy.errstate(all='ignore'):
        expected = (a / scale[0]) / (b / scale[1]) * (scale[0] / scale[1])
    inside = (numpy.abs(expected) > 1e-290) & (numpy.abs(expected) < 1e290)
    found = apply(case, 'divide', case.api.array(a), case.api.array(b)).numpy()
    if not numpy.allclose(found[inside], expected[inside], rtol=1e-13, atol=0):
        raise AssertionError(f'{a} / {b}\nfound {found}\nexpected {expected}')


def case_equality_and_kinds(case):
    kind = complex_kind(case)
    shape = case.values.shape()
    parts = [case.random.choice(SPECIAL[:3] + SPECIAL[6:], shape) for _ in range(4)]
    together = numpy.empty((2,) + shape, kind)
    together.real, together.imag = parts[:2], parts[2:]
    a, b = numpy.asarray(together[0]), numpy.asarray(together[1])
    there = [case.values.layout(a), case.values.layout(b)]
    case.check(apply(case, 'equal', *there), a == b)
    case.check(apply(case, 'not_equal', *there), a != b)
    for name, function in (('isnan', numpy.isnan), ('isinf', numpy.isinf), ('isfinite', numpy.isfinite)):
        case.check(apply(case, name, there[0]), function(a))
    case.check(case.api.call('mfg_has_nan_or_inf', there[0]), not numpy.all(numpy.isfinite(a)))


def case_parts(case):
    kind = complex_kind(case)
    data, array = case.values.pair(case.values.shape(), kind)
    case.check(case.api.call('mfg_real', array), data.real)
    case.check(case.api.call('mfg_imag', array), data.imag)
    case.check(case.api.call('mfg_conj', array), numpy.conj(data))
    again = case.api.call('mfg_complex_operands', library.operand(case.api.call('mfg_imag', array)),
                          library.operand(case.api.call('mfg_real', array)))
    swapped = numpy.empty_like(data)
    swapped.real, swapped.imag = data.imag, data.real
    case.check(again, swapped)


def case_refused(case):
    """What needs an order, a fraction or a sign bit is an error."""
    name = str(case.random.choice(['less', 'floor_divide', 'remainder', 'minimum', 'floor', 'atan2', 'copysign',
                                   'bitwise_and', 'logical_not', 'signbit', 'hypot', 'erf', 'fma']))
    array = library.operand(case.api.array(numbers(case, (3,), complex_kind(case))))
    case.refuses('mfg_apply', TABLE[name][0], array, array, array)


def case_conversions(case):
    kind, to = complex_kind(case), complex_kind(case)
    data = numbers(case, case.values.shape(), kind)
    if data.size:
        data.reshape(-1)[0] = 0
    array = case.values.layout(data)
    case.check(case.api.call('mfg_astype', array, library.type_code(to)), data.astype(to))
    case.check(case.api.call('mfg_astype', array, library.type_code(bool)), data.astype(bool))
    real = case.values.data(data.shape, case.values.kind('biuf'))
    case.check(case.api.call('mfg_astype', case.values.layout(real), library.type_code(to)), real.astype(to))
    case.refuses('mfg_astype', array, library.type_code(case.values.kind('iuf')))


def case_where(case):
    here, there, together = operands(case)
    condition = case.values.data(case.values.shape(0, 0) if here[0].ndim == 0 else here[0].shape, bool)
    found = apply(case, 'select', case.values.layout(condition), *there)
    case.check(found, numpy.where(condition, *here).astype(together))


def case_reductions(case):
    kind = complex_kind(case)
    data = numbers(case, case.values.shape(), kind)
    array = case.values.layout(data)
    axes = tuple(a for a in range(data.ndim) if case.random.integers(2))
    keep = bool(case.random.integers(2))
    mask = library.axes_mask(axes)
    for operation, function in ((1, numpy.sum), (2, numpy.prod)):
        found = case.api.call('mfg_reduce', operation, array, mask, keep)
        case.check(found, numpy.asarray(function(data, axis=axes, keepdims=keep), kind), 1e-12)
    for operation, function in ((5, numpy.any), (6, numpy.all)):
        case.check(case.api.call('mfg_reduce', operation, array, mask, keep), function(data, axis=axes, keepdims=keep))
    if data.size:
        case.check(case.api.call('mfg_mean', array, mask, keep),
                   numpy.asarray(numpy.mean(data, axis=axes, keepdims=keep), kind), 1e-12)
    case.refuses('mfg_reduce', int(case.random.choice([3, 4, 7, 8])), array, mask, keep)


def case_accumulate(case):
    kind = complex_kind(case)
    data = numbers(case, case.values.shape(low=1), kind)
    axis = int(case.random.integers(-data.ndim, data.ndim))
    array = case.values.layout(data)
    case.check(case.api.call('mfg_cumulative_sum', array, axis), numpy.cumsum(data, axis=axis), 1e-12)
    case.check(case.api.call('mfg_cumulative_prod', array, axis), numpy.cumprod(data, axis=axis), 1e-12)


def case_shift(case):
    data, array = case.values.pair(case.values.shape(low=1, least=1), complex_kind(case))
    axis = int(case.random.integers(data.ndim))
    offset = int(case.random.integers(-7, 8))
    case.check(case.api.call('mfg_shift', array, axis, offset, 1, 0.0), numpy.roll(data, -offset, axis))


def case_products(case):
    """Matrices, and vectors of which the first is conjugated."""
    kind = complex_kind(case)
    rows, inner, columns = (int(n) for n in case.random.integers(1, 9, 3))
    a, b = numbers(case, (rows, inner), kind), numbers(case, (inner, columns), kind)
    found = case.api.call('mfg_matmul', case.values.layout(a), case.values.layout(b))
    case.check(found, numpy.matmul(a, b), 1e-12)
    c = numbers(case, (rows, inner), kind)
    found = case.api.call('mfg_vecdot', case.values.layout(a), case.values.layout(c), -1)
    case.check(found, numpy.sum(numpy.conj(a) * c, axis=-1), 1e-12)


def case_moved(case):
    """What moves elements moves pairs."""
    data = numbers(case, case.values.shape(low=1, least=1), complex_kind(case))
    axis = int(case.random.integers(data.ndim))
    index = case.random.integers(0, data.shape[axis], int(case.random.integers(0, 5)))
    array = case.values.layout(data)
    case.check(case.api.call('mfg_take', array, case.api.array(index), axis), numpy.take(data, index, axis))
    case.check(case.api.call('mfg_concat', 2, [array, array], axis), numpy.concatenate([data, data], axis))
    mask = case.values.data(data.shape, bool)
    case.check(case.api.call('mfg_at_mask', array, case.values.layout(mask)), data[mask])
    chosen = data.copy()
    chosen[mask] = 1 - 2j
    writable = case.api.array(data)
    case.api.run('mfg_assign_at_mask_operand', writable, case.api.array(mask), library.operand(1 - 2j))
    case.check(writable, chosen)


def case_in_place(case):
    """Parts of an array that read each other are written as if all had been read before."""
    data = numbers(case, (int(case.random.integers(2, 9)),), complex_kind(case))
    array = case.api.array(data)
    turned = case.api.call('mfg_index', array, 1, library.items([slice(None, None, -1)]))
    product = apply(case, 'multiply', turned, array)
    later = apply(case, 'add', array, 1.0)
    case.api.run('mfg_assign_operand', array, library.operand(product))
    case.check(later, (data + 1).astype(data.dtype), 1e-12)
    case.check(array, data[::-1] * data, 1e-12)


def case_composed(case):
    """Functions made of others, in every type."""
    kind = case.values.kind('iufc')
    data = numbers(case, case.values.shape(), kind) if numpy.dtype(kind).kind == 'c' else case.values.data(
        case.values.shape(), kind, False)
    array = library.operand(case.values.layout(data))
    case.check(case.api.call('mfg_positive_operand', array), data)
    case.check(case.api.call('mfg_square_operand', array), numpy.square(data), None if data.dtype.kind in 'iu' else 1e-12)
    real = numpy.dtype('f8') if data.dtype.kind in 'iu' else data.dtype
    case.check(case.api.call('mfg_reciprocal_operand', array), numpy.asarray(1 / data.astype(real), real), 1e-12)
    if data.dtype.kind == 'c':
        return
    low, high = (1, 5) if data.dtype.kind in 'iu' else (-1.5, 2.5)
    found = case.api.call('mfg_clip_operands', array, library.operand(low), library.operand(high))
    case.check(found, numpy.clip(data, low, high).astype(data.dtype))
    other = case.values.data(data.shape, 'f8')
    found = case.api.call('mfg_logaddexp_operands', array, library.operand(case.api.array(other)))
    case.check(found, numpy.logaddexp(data.astype('f8'), other), 1e-12)
