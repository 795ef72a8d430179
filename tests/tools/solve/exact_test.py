# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: exact_test.py MFG_SOLVE PLUGIN DYING_PLUGIN SOURCES

Problems with known answers, from the text of their files to the numbers in their results."""

import math
import unittest

from program import SolveCase, dataset

# A linear-quadratic game with a coupling through the mean; the answer is a quadratic u and a
# Gaussian m whose coefficients solve ordinary differential equations.
LINEAR_QUADRATIC = """\
title: Linear-quadratic with mean coupling
parameters: {nu: 0.1, q: 1, r: 0.5, s: 0.8, qT: 0.5, rT: 0.5, sT: 0.5, start: 1, spread: 0.2, n: 200}
domain:
  - {name: x, lower: -4, upper: 4, cells: 4*n, boundary: no-flux}
time: {horizon: 1, steps: n}
model:
  viscosity: nu
  hamiltonian: 0.5*|p|^2
  coupling: q/2*x^2 + r/2*(x - s*mean(x))^2
  terminal_cost: qT/2*x^2 + rT/2*(x - sT*mean(x))^2
  initial_density: exp(-(x - start)^2/(2*spread))
solver: {method: anderson, tolerance: 1e-8}
"""
QUADRATIC, LINEAR, CONSTANT = 1.203565460079, -0.196673076349, 0.184348431912  # u at t = 0
MEAN_AND_VARIANCE = {0.5: (0.613839898159, 0.120090708662), 1: (0.400389874152, 0.101998257353)}

# u = -2 nu log(phi) and m = phi*psi for two solutions phi and psi of the heat equation, one
# backward and one forward in time; the coupling is made so that this pair solves the system.
TORUS = """\
title: Exact in time on the torus
parameters: {nu: 0.1, T: 0.5, l: 4*pi^2*nu, n: 128}
domain:
  - {name: x, lower: 0, upper: 1, cells: 2*n, boundary: periodic}
time: {horizon: T, steps: n}
model:
  viscosity: nu
  hamiltonian: 0.5*|p|^2
  coupling: >-
    m^2 - ((1 + 0.5*exp(-l*(T - t))*cos(2*pi*x))*(1 + 0.5*exp(-l*t)*sin(2*pi*x)))^2
  terminal_cost: -2*nu*log(1 + 0.5*cos(2*pi*x))
  initial_density: (1 + 0.5*exp(-l*T)*cos(2*pi*x))*(1 + 0.5*sin(2*pi*x))
solver: {tolerance: 1e-9}
probes:
  - {field: u, t: 0, at: [0.25]}
  - {field: u, t: T/2, at: [0]}
  - {field: m, t: T/2, at: [0.25]}
  - {field: m, t: T, at: [0.5]}
"""


class Exact(SolveCase):
    def solved(self, text, *arguments):
        answer = self.answer(self.write(text), "--output", "r.h5", *arguments)
        self.assertLessEqual(answer["mass_error"], 1e-12)
        self.assertGreaterEqual(answer["min_density"], 0)
        return answer

    def test_linear_quadratic(self):
        self.solved(LINEAR_QUADRATIC)
        path = self.folder / "r.h5"
        x, cells = dataset(path, "/x"), 800
        u, m = dataset(path, "/u"), dataset(path, "/m")
        h = 8 / cells
        error = sum(abs(u[i] - (0.5 * QUADRATIC * x[i]**2 + LINEAR * x[i] + CONSTANT)) * m[i] * h
                    for i in range(cells))
        self.assertLessEqual(error, 4e-3)
        for time, (mean, variance) in MEAN_AND_VARIANCE.items():
            level = m[round(time * 200) * cells:][:cells]
            exact = [math.exp(-(at - mean)**2 / (2 * variance)) / math.sqrt(2 * math.pi * variance)
                     for at in x]
            self.assertLessEqual(sum(abs(a - b) * h for a, b in zip(level, exact)), 1.5e-2)

    def torus_errors(self, *arguments):
        answer = self.solved(TORUS, *arguments)
        path, nu, horizon = self.folder / "r.h5", 0.1, 0.5
        rate = 4 * math.pi**2 * nu
        t, x = dataset(path, "/t"), dataset(path, "/x")
        u, m = iter(dataset(path, "/u")), iter(dataset(path, "/m"))
        u_error = m_error = 0
        for time in t:
            for place in x:
                phi = 1 + 0.5 * math.exp(-rate * (horizon - time)) * math.cos(2 * math.pi * place)
                psi = 1 + 0.5 * math.exp(-rate * time) * math.sin(2 * math.pi * place)
                u_error = max(u_error, abs(next(u) + 2 * nu * math.log(phi)))
                m_error = max(m_error, abs(next(m) - phi * psi))
        return answer, u_error, m_error

    def test_torus(self):
        answer, u_error, m_error = self.torus_errors()
        self.assertLessEqual(u_error, 7e-4)
        self.assertLessEqual(m_error, 6e-3)
        rate, nu = 4 * math.pi**2 * 0.1, 0.1
        phi = [1, 1 + 0.5 * math.exp(-rate * 0.25), 1, 1 - 0.5]
        psi = [1 + 0.5, 1, 1 + 0.5 * math.exp(-rate * 0.25), 1]
        exact = [-2 * nu * math.log(phi[0]), -2 * nu * math.log(phi[1]), phi[2] * psi[2],
                 phi[3] * psi[3]]
        for probe, value, tolerance in zip(answer["probes"], exact, (7e-4, 7e-4, 6e-3, 6e-3)):
            self.assertAlmostEqual(probe["value"], value, delta=tolerance)

    def test_torus_is_first_order(self):
        _, coarse_u, coarse_m = self.torus_errors("--set", "n=32")
        _, fine_u, fine_m = self.torus_errors("--set", "n=64")
        self.assertGreaterEqual(math.log2(coarse_u / fine_u), 0.9)
        self.assertGreaterEqual(math.log2(coarse_m / fine_m), 0.9)


if __name__ == "__main__":
    unittest.main()
