// Terms: reading, exact arithmetic, derivatives, a sparse Jacobian.
import { diff, evaluate, jacobian, m, parse, print } from "calculemus";

const f = parse("x^3*sin(y) + 0.1*x");
const x = m`x`;
const y = m`y`;
console.log(`f       = ${f}`);
console.log(`df/dx   = ${diff(f, x)}`);
console.log(`d2f/dy2 = ${diff(f, y, 2)}`);
console.log(`df/dx at (2, 0) = ${evaluate(diff(f, x), { x: 2, y: 0 })}`);

// Ordinary terms are exact: one tenth is a rational number, and equal things become the same term.
console.log(`0.1 + 0.2 == 0.3: ${m`0.1 + 0.2` === m`0.3`}`);
console.log(`(x + y)/(x + y) = ${m`(x + y)/(x + y)`}`);

// The Jacobian of the Robertson problem: one row an equation, zeros are not stored.
const states = [m`a`, m`b`, m`c`];
const [a, b, c] = states;
const rates = [m`-${a}/25 + 10^4*${b}*${c}`, m`${a}/25 - 10^4*${b}*${c} - 3*10^7*${b}^2`, m`3*10^7*${b}^2`];
jacobian(rates, states).forEach((row, i) => {
  const entries = [...row].map(([j, entry]) => `[${print(states[j])}] ${print(entry)}`);
  console.log(`row ${i + 1}: ${entries.join("   ")}`);
});
