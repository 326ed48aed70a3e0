// The methods by name.
import { Failure } from "../base/index.ts";
import { ExplicitRungeKutta } from "./runge-kutta.ts";
import { ExponentialRosenbrock } from "./exponential.ts";
import { Multistep } from "./multistep.ts";
import { newtonMatrix } from "./compiled-matrix.ts";
import { Radau } from "./radau.ts";
import { RungeKuttaChebyshev } from "./rkc.ts";
import { RosenbrockW } from "./rosenbrock-w.ts";
import { Symplectic } from "./symplectic.ts";
import { Rosenbrock } from "./rosenbrock.ts";
import type { OdeSystem, Stepper, Tolerances } from "./system.ts";

export const METHODS = [
  "tsit5",
  "dopri5",
  "dop853",
  "vern7",
  "vern9",
  "rkc",
  "exprb43",
  "verlet",
  "yoshida6",
  "yoshida8",
  "rodas5p",
  "rodas5",
  "ros34pw2",
  "radau",
  "bdf",
  "mebdf",
] as const;
export type MethodName = (typeof METHODS)[number];

export const METHOD_TITLES: Readonly<Record<MethodName, string>> = {
  tsit5: "Tsit5, explicit Runge-Kutta of order 5",
  dopri5: "Dormand-Prince, explicit Runge-Kutta of order 5",
  dop853: "Dormand-Prince 8(5,3), explicit Runge-Kutta of order 8",
  vern7: "Vern7, explicit Runge-Kutta of order 7",
  vern9: "Vern9, explicit Runge-Kutta of order 9",
  rkc: "RKC, stabilised explicit Runge-Kutta-Chebyshev of order 2",
  exprb43: "exponential Rosenbrock of order 4",
  verlet: "Stoermer-Verlet, symplectic of order 2",
  yoshida6: "Yoshida's composition, symplectic of order 6",
  yoshida8: "composition of Suzuki and Umeno, symplectic of order 8",
  rodas5p: "Rodas5P, Rosenbrock-Wanner of order 5",
  rodas5: "Rodas5, Rosenbrock-Wanner of order 5",
  ros34pw2: "ROS34PW2, Rosenbrock-W of order 3 with factors kept over steps",
  radau: "Radau IIA, fully implicit Runge-Kutta of order 5",
  bdf: "BDF, backward differentiation of order 1 to 5",
  mebdf: "MEBDF, extended backward differentiation of order 2 to 8",
};

const LINEARLY_IMPLICIT: ReadonlySet<MethodName> = new Set<MethodName>([
  "rodas5p",
  "rodas5",
  "ros34pw2",
  "radau",
  "bdf",
  "mebdf",
]);

/** Whether a method solves linear systems, and so takes stiff problems and algebraic equations. */
export function isStiffMethod(method: MethodName): boolean {
  return LINEARLY_IMPLICIT.has(method);
}

/** Checks a method's name. */
export function methodNamed(name: string): MethodName {
  const known = METHODS.find((method) => method === name.toLowerCase());
  if (known === undefined)
    throw new Failure("usage", `"${name}" is not a method`, { hint: `Methods: ${METHODS.join(", ")}, or auto.` });
  return known;
}

/** A stepper of this method at (t0, y0). `span` is the length of the time interval. */
export function makeStepper(
  method: MethodName,
  system: OdeSystem,
  t0: number,
  y0: Float64Array,
  span: number,
  tolerances: Tolerances,
): Stepper {
  if (system.mass !== undefined && !isStiffMethod(method))
    throw new Failure("usage", `${METHOD_TITLES[method]} cannot solve algebraic equations`, {
      hint: "Use rodas5p, rodas5, bdf or mebdf, or leave the choice to the plan.",
    });
  switch (method) {
    case "tsit5":
    case "dopri5":
    case "dop853":
    case "vern7":
    case "vern9":
      return new ExplicitRungeKutta(method, system, t0, y0, span, tolerances);
    case "rkc":
      return new RungeKuttaChebyshev(system, t0, y0, span, tolerances);
    case "exprb43":
      return new ExponentialRosenbrock(system, t0, y0, span, tolerances);
    case "verlet":
    case "yoshida6":
    case "yoshida8":
      return new Symplectic(method, system, t0, y0, span, tolerances);
    case "ros34pw2":
      return new RosenbrockW(system, t0, y0, span, tolerances);
    case "radau":
      return new Radau(system, t0, y0, span, tolerances);
    case "rodas5p":
    case "rodas5":
      return new Rosenbrock(method, system, t0, y0, span, tolerances);
    default:
      return new Multistep(system, newtonMatrix(system), method, t0, y0, span, tolerances);
  }
}
