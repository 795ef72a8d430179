# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random arrays: every type that the device has, every layout, special values among them."""
import numpy

import library

SPECIAL = [numpy.nan, numpy.inf, -numpy.inf, 0.0, -0.0]


class Values:
    """Draws arrays for one case."""

    def __init__(self, api, random):
        self.api = api
        self.random = random

    def shape(self, low=0, high=4, least=0, most=5):
        return tuple(int(n) for n in self.random.integers(least, most + 1, self.random.integers(low, high + 1)))

    def kind(self, kinds='bifuc'):
        """A type of these kinds that the device computes with."""
        known = [kind for kind in self.api.types if numpy.dtype(kind).kind in kinds]
        return known[self.random.integers(len(known))]

    def data(self, shape, kind, special=True, span=9):
        """An array of NumPy's with few different values, so that equal ones meet."""
        kind = numpy.dtype(kind)
        if kind.kind == 'b':
            return self.random.integers(0, 2, shape).astype(bool)
        if kind.kind in 'iu':
            return self.random.integers(0 if kind.kind == 'u' else -span, span + 1, shape).astype(kind)
        if kind.kind == 'c':
            return numpy.asarray(self.data(shape, 'f8', special) + 1j * self.data(shape, 'f8', special), kind)
        found = numpy.asarray(numpy.round(self.random.normal(0, 3, shape) * 4) / 4, kind)
        if special and found.size and self.random.integers(3) == 0:
            places = self.random.integers(0, found.size, 1 + found.size // 8)
            found.reshape(-1)[places] = self.random.choice(SPECIAL, places.size)
        return found

    def pair(self, shape, kind, special=True):
        """The same values here and there: NumPy's array, and the library's, of any layout."""
        data = self.data(shape, kind, special)
        return data, self.layout(data)

    def layout(self, data):
        """The values in memory that may be turned, stretched, or not yet computed."""
        choice = self.random.integers(5)
        if data.ndim == 0 or choice < 2:
            return self.api.array(data)
        if choice == 2:
            order = [int(a) for a in self.random.permutation(data.ndim)]
            back = [order.index(a) for a in range(data.ndim)]
            turned = self.api.array(numpy.ascontiguousarray(data.transpose(order)))
            return self.api.call('mfg_permute', turned, library.integers(back))
        if choice == 3:
            step = int(self.random.choice([-2, -1, 2]))
            wide = numpy.zeros(data.shape[:-1] + (data.shape[-1] * abs(step),), data.dtype)
            wide[..., ::step] = data
            kinds = [Ellipsis, slice(None, None, step)]
            return self.api.call('mfg_index', self.api.array(wide), 2, library.items(kinds))
        return self.api.call('mfg_astype', self.api.array(data), library.type_code(data.dtype))
