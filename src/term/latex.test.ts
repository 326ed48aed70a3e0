import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { Context, parse, printTerm, readTerm } from "./index.ts";

const context = new Context();
const read = (text: string) => readTerm(text, { notation: "latex", context });

// [LaTeX, infix]
test.each([
  [String.raw`\frac12`, "1/2"],
  [String.raw`\frac 12 x`, "x/2"],
  [String.raw`\frac{1}{2}x^2y`, "x^2*y/2"],
  [String.raw`\sin^2 x\cos y`, "sin(x)^2*cos(y)"],
  [String.raw`\sin 2\pi x`, "sin(2*pi*x)"],
  [String.raw`\sin xy`, "sin(x*y)"],
  [String.raw`\sin(x)y`, "sin(x)*y"],
  [String.raw`\sin x \cdot y`, "sin(x)*y"],
  [String.raw`\sin(x)^2`, "sin(x)^2"],
  [String.raw`\sin x^2`, "sin(x^2)"],
  [String.raw`\sin^{-1} x`, "asin(x)"],
  [String.raw`\operatorname{sech}^{-1}(x)`, "acosh(1/x)"],
  [String.raw`\coth x`, "cosh(x)/sinh(x)"],
  [String.raw`\cos\frac{n\pi}{L}x`, "cos(n*pi*x/L)"],
  [String.raw`\ln\ln x`, "log(log(x))"],
  [String.raw`\log_b a`, "log(a)/log(b)"],
  [String.raw`\log_{10}^2 x`, "log10(x)^2"],
  [String.raw`|x|y|z|`, "abs(x)*y*abs(z)"],
  [String.raw`||x|-1|`, "abs(abs(x) - 1)"],
  [String.raw`2|x+1|`, "2*abs(x + 1)"],
  [String.raw`\left\lfloor\frac{x}{2}\right\rfloor`, "floor(x/2)"],
  [String.raw`x(x+1)`, "x*(x + 1)"],
  [String.raw`\mathrm{mass}\,c^2`, "mass*c^2"],
  [String.raw`v_{\text{max}}x_{ij}x_1`, "v_max*x_ij*x_1"],
  [String.raw`\mathtt{A(b!1)}+1`, "`A(b!1)` + 1"],
  [String.raw`\texttt{0.1}`, "float(0.1)"],
  [String.raw`1{,}234{,}567.5`, "1234567.5"],
  [String.raw`1.5\times10^{-3}`, "3/2000"],
  [String.raw`5\%`, "1/20"],
  [String.raw`n!^2`, "gamma(n + 1)^2"],
  [String.raw`\binom{n}{3}`, "n*(n - 1)*(n - 2)/6"],
  [String.raw`\sum_{k=1}^n a_k k + 1`, "sum(a[k]*k, k = 1 .. n) + 1"],
  [String.raw`\sum_{i=1}^n\sum_{j=1}^i a_{i,j}`, "sum(sum(a[i, j], j = 1 .. i), i = 1 .. n)"],
  [String.raw`x\sum_{k=1}^n a_k`, "x*sum(a[k], k = 1 .. n)"],
  [String.raw`\max_{1\le k\le n} a_k`, "max(a[k], k = 1 .. n)"],
  [String.raw`(a_k^2)_{k=1}^{n}`, "array(a[k]^2, k = 1 .. n)"],
  [String.raw`a_{n+1}`, "a[n + 1]"],
  [String.raw`\max\{a,b,c\}`, "max(max(a, b), c)"],
  [String.raw`0\le x<1`, "0 <= x and x < 1"],
  [String.raw`a<b \lor \lnot c\le d \land x\ne y`, "a < b or not c <= d and x != y"],
  [String.raw`x\in\{1,2\}`, "x = 1 or x = 2"],
  [String.raw`x\in(0,1]`, "0 < x and x <= 1"],
  [String.raw`x\in[0,\infty)`, "0 <= x"],
  [String.raw`x\notin(-\infty,0)`, "not x < 0"],
  [String.raw`\begin{cases}x,&\text{if }x\ge0\\-x,&x<0\end{cases}`, "piecewise(x, x >= 0, -x)"],
  [String.raw`\left[\begin{matrix}1&2\\3&4\end{matrix}\right]`, "[[1, 2], [3, 4]]"],
  [String.raw`\det\begin{pmatrix}a&b\\c&d\end{pmatrix}`, "a*d - b*c"],
  [String.raw`\left|\begin{array}{cc}a&b\\c&d\end{array}\right|`, "a*d - b*c"],
  [String.raw`\langle 1,2\rangle`, "[1, 2]"],
  [String.raw`\frac{\mathrm d^2}{\mathrm dx^2}(x^3+x)`, "6*x"],
  [String.raw`\frac{d}{2}`, "d/2"],
  [String.raw`90^\circ`, "pi/2"],
  [String.raw`e^{-x}`, "exp(-x)"],
  [String.raw`e_1`, "e_1"],
  [String.raw`$$ x $$`, "x"],
  [String.raw`\begin{equation} x \end{equation}`, "x"],
  [String.raw`--x`, "x"],
  [String.raw`2\cdot-3`, "-6"],
])("%s is %s", (latex, infix) => {
  expect(read(latex)).toBe(parse(infix, { context }));
});

// [LaTeX, what is said, column]
test.each<[string, RegExp, number]>([
  [String.raw`1/2x`, /product after a division is ambiguous/, 2],
  [String.raw`a/bc`, /product after a division is ambiguous/, 2],
  [String.raw`\sin x/2`, /division after a function/, 7],
  [String.raw`\sin x(y+1)`, /where does the argument of "\\sin" end/, 7],
  [String.raw`\sin x\sqrt{y}`, /where does the argument/, 7],
  [String.raw`\sin x e^x`, /where does the argument/, 8],
  [String.raw`\sin{x}^2`, /ambiguous/, 8],
  [String.raw`\sin -x`, /argument of "\\sin" is missing/, 6],
  [String.raw`\ln^{-1} x`, /ambiguous/, 4],
  [String.raw`x^10`, /several digits needs braces/, 3],
  [String.raw`x_10`, /several digits needs braces/, 3],
  [String.raw`e^-xy`, /needs braces/, 3],
  [String.raw`x^a^b`, /second exponent/, 4],
  [String.raw`x^2!`, /factorial after an exponent/, 4],
  [String.raw`n!!`, /double factorials/, 3],
  [String.raw`2\frac{1}{2}`, /mixed number/, 2],
  [String.raw`x2`, /number after a factor/, 2],
  [String.raw`1 2`, /number after a factor/, 3],
  [String.raw`1,000`, /unexpected ","/, 2],
  [String.raw`3{,}14`, /comma in a number/, 1],
  [String.raw`1e-3`, /number followed by e/, 1],
  [String.raw`50%`, /comment/, 3],
  [String.raw`2sin(x)`, /product of letters/, 2],
  [String.raw`f(x)`, /function "f" is not known/, 1],
  [String.raw`\mathrm{foo}(x)`, /not known/, 1],
  [String.raw`\operatorname{foo} x`, /not known/, 1],
  [String.raw`x(a,b)`, /function "x" is not known/, 1],
  [String.raw`f'(x)`, /primes/, 2],
  [String.raw`f^{(3)}(x)`, /derivatives of unknown functions/, 1],
  [String.raw`\int x\,dx`, /integrals/, 1],
  [String.raw`\lim_{x\to0} x`, /limits/, 1],
  [String.raw`\frac{dy}{dx}`, /derivatives of names/, 1],
  [String.raw`\frac{d}{dx}x^2+1`, /where does the derivative end/, 16],
  [String.raw`\frac{\partial^2}{\partial x\partial y}z`, /derivatives of this form/, 1],
  [String.raw`\sum_k a_k`, /lower limit needs braces/, 6],
  [String.raw`\sum_{k=0}^\infty x^k`, /infinity/, 12],
  [String.raw`\sum_{i=1}^2 a_{ij}`, /commas between indices|variable of a sum/, 17],
  [String.raw`\{1,2\}`, /sets as values/, 1],
  [String.raw`[0,1]`, /intervals as values/, 1],
  [String.raw`[0,1)`, /does not match/, 5],
  [String.raw`x\in\mathbb{R}`, /named set/, 5],
  [String.raw`\begin{cases}1&x>0\\2&x<-1\end{cases}`, /leave some values out/, 1],
  [String.raw`\begin{align}x\end{align}`, /environment "align"/, 1],
  [String.raw`\begin{pmatrix}1&2\\3\end{pmatrix}`, /different lengths/, 22],
  [
    String.raw`\begin{pmatrix}1\end{pmatrix}\begin{pmatrix}1\end{pmatrix}`,
    /products, quotients and powers of matrices/,
    30,
  ],
  [String.raw`\det(x)`, /square matrix/, 1],
  [String.raw`\pm x`, /two values/, 1],
  [String.raw`\hat{x}`, /decorated/, 1],
  [String.raw`\foo`, /"\\foo"/, 1],
  [String.raw`(x`, /never closed/, 1],
  [String.raw`x)`, /closes nothing/, 2],
  [String.raw`(x]`, /does not match/, 3],
  [String.raw`\left(x`, /never closed/, 1],
  [String.raw`|x`, /never closed/, 1],
  [String.raw`{x`, /never closed/, 1],
  [String.raw`$x`, /never closed/, 1],
  [String.raw`x+`, /ends too early/, 3],
  [String.raw`()`, /empty/, 1],
  [``, /empty/, 1],
  [String.raw`\frac{1}{0}`, /division by zero/, 1],
  [String.raw`\mathtt{}`, /needs a name/, 1],
  ["x+\n y+\\foo", /foo/, 4],
])("%s is refused", (latex, what, column) => {
  try {
    read(latex);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.what).toMatch(what);
    expect(error.place?.column, error.message).toBe(column);
    return;
  }
  expect.fail(`${latex} was read as ${String(read(latex))}`);
});

// What people expect to see.
test.each([
  ["sin(x)^2*x/2", String.raw`\frac{x \sin^{2} x}{2}`],
  ["sqrt(x)/(x + 1)", String.raw`\frac{\sqrt{x}}{x + 1}`],
  ["x^(1/3) - x^(-1/2)", String.raw`\sqrt[3]{x} - \frac{1}{\sqrt{x}}`],
  ["exp(-x^2/2)", String.raw`e^{-\frac{x^{2}}{2}}`],
  ["2*pi*r", String.raw`2 \pi r`],
  ["alpha_1*v_max*mass", String.raw`\alpha_{1} \mathrm{mass} v_{\mathrm{max}}`],
  ["x*(x + 1)*sin(x)*cos(x)", String.raw`x \left(x + 1\right) \cos x \sin x`],
  ["f*(x + 1)", String.raw`f \cdot \left(x + 1\right)`],
  ["2^x*3", String.raw`3 \cdot 2^{x}`],
  ["sin(x)*sum(k, k = 1 .. n)", String.raw`\sin x \cdot \left(\sum_{k = 1}^{n} k\right)`],
  ["sum(a[k]*k^2, k = 1 .. n) + 1", String.raw`\sum_{k = 1}^{n} a_{k} k^{2} + 1`],
  ["abs(x)*floor(x/2)", String.raw`\left|x\right| \left\lfloor \frac{x}{2}\right\rfloor`],
  ["x <= 1 and x != 0", String.raw`x \le 1 \land x \ne 0`],
  ["[[1, 2], [3, 4]]", String.raw`\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`],
  ["asinh(x) + log(x)", String.raw`\operatorname{asinh}\left(x\right) + \ln x`],
])("%s prints as %s", (infix, latex) => {
  const term = parse(infix, { context });
  expect(printTerm(term, { notation: "latex" })).toBe(latex);
  expect(read(latex)).toBe(term);
});
