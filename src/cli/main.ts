#!/usr/bin/env node
// The command. Thin: parses arguments, calls the library, prints. Results go to standard output, messages and progress
// to standard error. Exit status: 0 done, 1 failed, 2 wrong usage, 3 not solved within the budget.
import { Command, CommanderError } from "commander";
import { EXIT, report } from "./failures.ts";
import type { OperationOptions } from "./operation.ts";
import { version } from "./version.ts";

/** Collects repeated options such as --param k=1 --param l=2. */
const repeated = (value: string, before: string[]): string[] => [...before, value];

const program = new Command("calculemus")
  .description("State the mathematics and the accuracy you need; get the answer, fast, with the evidence.")
  .version(version)
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) })
  .showSuggestionAfterError();

program
  .command("simulate")
  .description("simulate a model file (.xml of SBML, .net, .calc) to the accuracy asked for, and check the solution")
  .argument("<file>", "the model")
  .option("--t-end <T>", "end of the run")
  .option("--points <N>", "evenly spaced output points (default 201)")
  .option("--times <FILE>", "output times from the first column of a CSV file")
  .option("--digits <N>", "correct digits of each output, against its largest value (default 6)")
  .option(
    "--method <M>",
    "auto, or a method by name: tsit5, vern9, rkc, rodas5p, radau, bdf and others (a wrong name lists all)",
    "auto",
  )
  .option("--param <k=v>", "another value of a parameter (repeatable)", repeated, [])
  .option(
    "--sweep <k=A:B:N>",
    "a run for each of N values from A to B; also k=A:B:N:log and k=1,2,5 (repeatable: all combinations)",
    repeated,
    [],
  )
  .option(
    "--stochastic [METHOD]",
    "runs with chance: direct, next, tau (reactions one by one or in leaps), cle, sde (em, milstein, sri), auto",
  )
  .option("--runs <N>", "runs with chance for each set of parameters (default 100)")
  .option("--seed <S>", "of runs with chance: the same seed gives the same runs (default 0)")
  .option("--step <H>", "of em, milstein and cle: greatest step (default: a thousandth of the span)")
  .option("--threads <N>", "threads for many runs (default: what the machine has)")
  .option("--drift", "of models with noise: leave the noise out")
  .option("--check <C>", "method (solve again by another method), tighten (by the same), none", "method")
  .option("--timeout <S>", "stop after so many seconds with the best so far")
  .option("--out <FILE>", "write the curves: .csv or .json; of many runs also .npy")
  .option("--plot <FILE>", "write a picture of the curves: .svg, or .html with the numbers")
  .option("--phase <X,Y>", "the picture is the phase plane of two states, with field and nullclines")
  .option("--log <AXES>", "logarithmic axes of the picture: x, y or xy")
  .option("--outputs <NAMES>", "only these outputs in file, picture and report, comma-separated")
  .option("--json", "print one JSON document on standard output")
  .action(async (file: string, options: Record<string, unknown>) =>
    (options.sweep as string[]).length > 0 || options.stochastic !== undefined || options.runs !== undefined
      ? (await import("./ensemble.ts")).ensembleCommand(file, options)
      : (await import("./simulate.ts")).simulateCommand(file, options),
  );

program
  .command("steady")
  .description(
    "a steady state of a model with its stability, or curves of them over a parameter with their bifurcations",
  )
  .argument("<file>", "the model")
  .option("--continue <k=a:b>", "follow the steady states while the parameter k goes from a to b")
  .option("--param <k=v>", "another value of a parameter (repeatable)", repeated, [])
  .option("--guess <x=v>", "where to look for the state x (repeatable)", repeated, [])
  .option("--method <M>", "transient (where the solution leads) or newton (from the start)", "transient")
  .option("--timeout <S>", "stop after so many seconds")
  .option("--output <NAME>", "the output in the picture (default: the first)")
  .option("--plot <FILE>", "write a picture of the curves: .svg")
  .option("--json", "print one JSON document on standard output")
  .action(async (file: string, options: Record<string, unknown>) =>
    (await import("./steady.ts")).steadyCommand(file, options),
  );

program
  .command("flux")
  .description(
    "flux balance: the fluxes of an SBML model (package fbc) that are best for its objective, proved to be so",
  )
  .argument("<file>", "the model, .xml of SBML")
  .option("--objective <ID>", "an objective of the model instead of the active one")
  .option("--out <FILE>", "write all fluxes: .csv")
  .option("--json", "print one JSON document on standard output")
  .action(async (file: string, options: Record<string, unknown>) =>
    (await import("./flux.ts")).fluxCommand(file, options),
  );

program
  .command("convert")
  .description("write a model (.xml of SBML, .net, .calc) in another format: .calc text, or SBML Level 3 Version 2")
  .argument("<file>", "the model")
  .option("--to <FORMAT>", "calc or sbml (default: by the ending of --out)")
  .option("--out <FILE>", "where to write: .calc, .xml or .sbml (default: standard output)")
  .option("--json", "print one JSON document on standard output: text, notes, names")
  .action(async (file: string, options: Record<string, unknown>) =>
    (await import("./convert.ts")).convertCommand(file, options),
  );

program
  .command("conform")
  .description("run cases of the SBML Test Suite and score them by the suite's own rule, in all and by tag")
  .argument("<dir>", "the folder cases/semantic, or that of one case")
  .option("--jobs <N>", "cases at a time (default: one a core)")
  .option("--timeout <S>", "seconds for each case", "20")
  .option("--only <IDS>", "only these cases, comma-separated")
  .option("--level <L>", "the files of this level, such as l2v4 (default: the highest of each case)")
  .option("--json", "print one JSON document on standard output: passed, failed, unsupported, byTag, cases")
  .action(async (folder: string, options: Record<string, unknown>) =>
    (await import("./conform.ts")).conformCommand(folder, options),
  );

program
  .command("eval")
  .description(
    "evaluate an expression: exactly where that is possible, else in double precision with an error estimate, or to proved digits",
  )
  .argument("<expr>", "the expression; begin with -- if it starts with a minus sign")
  .option("--digits <N>", "so many significant digits, proved by ball arithmetic")
  .option("--assume <RELATIONS>", "what is known of symbols; values that contradict it are refused")
  .option("--timeout <S>", "stop after so many seconds (default 30)")
  .option("--at <x=1>", "the value of a symbol (repeatable)", repeated, [])
  .option("--from <NOTATION>", "notation of the expression (default: recognised)")
  .option("--to <NOTATION>", "notation of an exact result: infix, latex, mathml, fpcore, json", "infix")
  .option("--json", "print one JSON document on standard output")
  .action(async (expression: string, options: Record<string, unknown>) =>
    (await import("./expression.ts")).evalCommand(expression, options),
  );

/** Commands that do one symbolic operation: their description, and the options they have beside the common ones. */
const OPERATIONS: Readonly<Record<string, readonly [description: string, ...more: string[]]>> = {
  simplify: ["the shortest of many equal forms"],
  expand: ["multiply out products and powers of sums"],
  factor: ["factor over the rationals"],
  together: ["one fraction over a common denominator"],
  cancel: ["one fraction in lowest terms"],
  apart: ["partial fractions", "var"],
  collect: ["collect like powers of a variable", "var"],
  diff: ["differentiate an expression", "var", "times"],
  jacobian: ["the matrix of partial derivatives of [f, g, ...]", "var"],
  det: ["the determinant of a matrix [[a, b], [c, d]]"],
  groebner: ["a Groebner basis of [f, g, ...]", "var", "order"],
  parse: ["read an expression and print it, for example in another notation"],
};
for (const [name, [description, ...more]] of Object.entries(OPERATIONS)) {
  const command = operation(name, description).argument(
    "<expr>",
    "the expression: infix, LaTeX, MathML, FPCore or JSON",
  );
  if (more.includes("var")) command.option("--var <x>", "the variable, or several separated by commas");
  if (more.includes("times")) command.option("--times <N>", "how often", "1");
  if (more.includes("order")) command.option("--order <O>", "lex, grlex, grevlex", "lex");
  command.action(async (expression: string, options: OperationOptions) =>
    (await import("./operation.ts")).operationCommand(name, expression, options),
  );
}
operation("equal", "are two expressions equal? yes, no (with a witness) or unknown")
  .argument("<a>", "one expression")
  .argument("<b>", "the other")
  .action(async (a: string, b: string, options: OperationOptions) =>
    (await import("./operation.ts")).operationCommand("equal", a, options, b),
  );

/** A command with the options that all operations have. */
function operation(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--assume <RELATIONS>", 'what is known of symbols: "x > 0, n integer, t real"')
    .option("--timeout <S>", "stop after so many seconds (default 10)")
    .option("--to <NOTATION>", "infix, latex, mathml, fpcore, json", "infix")
    .option("--from <NOTATION>", "notation of the input (default: recognised)")
    .option("--json", "print one JSON document on standard output");
}

program
  .command("batch")
  .description('read JSON lines {"id","op","expr",...} and answer each, in order, with a JSON line')
  .argument("[file]", "the tasks (default: standard input)")
  .option("--timeout <S>", "seconds a task may take where it does not say timeout_ms itself (default 10)")
  .action(async (file: string | undefined, options: Record<string, unknown>) =>
    (await import("./batch.ts")).batchCommand(file, options),
  );

program
  .command("compile")
  .description("write a formula as code to take away: a JavaScript module, WebAssembly with a loader, C or WGSL")
  .argument("<formula>", "an expression, or a file with one a line (name = expression)")
  .option("--target <T>", "js, wasm, c, wgsl", "js")
  .option("--accuracy <ULP>", "greatest error of each function, in units in the last place", "1")
  .option("--strict", "every operation rounds as written, in the order written")
  .option("--var <x,y>", "the variables in the order of arguments; needed if there is more than one")
  .option("--out <FILE>", "where to write (default: standard output; wasm: FILE.wasm, FILE.js, FILE.d.ts)")
  .option("--name <NAME>", "a name for the generated code (default: that of the file)")
  .option("--explain", "tell the plan, what passes did, and the predicted and measured time of each target")
  .option("--json", "print one JSON document on standard output")
  .action(async (formula: string, options: Record<string, unknown>) =>
    (await import("./compile.ts")).compileCommand(formula, options),
  );

program
  .command("approximate")
  .description("find the cheapest program for a function on a range that meets an accuracy, and prove its error")
  .argument("<function>", 'of one variable, such as "2^x"; begin with -- if it starts with a minus sign')
  .requiredOption("--on <a:b>", "the range; its ends are numbers or constants such as pi/4")
  .option("--format <F>", "what it computes in: f32, f64, or any (real arithmetic)", "f64")
  .option("--ulp <U>", "greatest error in units in the last place")
  .option("--relative <R>", "greatest relative error")
  .option("--digits <D>", "correct digits")
  .option("--absolute <A>", "greatest absolute error")
  .option("--ops <N>", "most operations (default 12)")
  .option("--target <T>", "code: c, wasm (text format), js", "c")
  .option("--search <S>", "remez: classical approximations; evolve: programs found by evolution; auto: both", "auto")
  .option("--instructions <LIST>", "of evolved programs, separated by commas: + - * / sqrt (default +,-,*,/)")
  .option("--seconds <S>", "time for the search (default 20)")
  .option("--islands <N>", "populations, each on a thread of its own (default 1)")
  .option("--seed <S>", "of the search (default 1)")
  .option("--out <FILE>", "write the code")
  .option("--plot <FILE>", "write a picture of the error: .svg")
  .option("--json", "print one JSON document on standard output")
  .action(async (text: string, options: Record<string, unknown>) =>
    (await import("./approximate.ts")).approximateCommand(text, options),
  );

program
  .command("linsolve")
  .description("solve a linear system A x = b to a number of digits, by the method that is cheapest for it")
  .argument("<matrix>", "A: a Matrix Market file, .mtx or .mtx.gz")
  .argument("[right side]", "b: a Matrix Market file of one or more columns, or .npy (default: A times ones)")
  .option("--digits <N>", "correct digits of the largest element of x", "10")
  .option("--method <M>", "the method to take instead of a choice: dense-lu, sparse-cholesky, cg-amg ...")
  .option("--least-squares", "of rectangular or singular systems: x of smallest norm among those of least residual")
  .option("--out <FILE>", "write x: .mtx (Matrix Market array) or .npy")
  .option("--seconds <S>", "time for all of it")
  .option("--explain", "tell what was looked at, and what each method was expected to cost")
  .option("--json", "print one JSON document on standard output")
  .action(async (matrix: string, right: string | undefined, options: Record<string, unknown>) =>
    (await import("./linsolve.ts")).linsolveCommand(matrix, right, options),
  );

program
  .command("spy")
  .description("tell what a matrix file holds, and draw where it has entries")
  .argument("<file>", "a Matrix Market file, .mtx or .mtx.gz")
  .option("--plot <FILE>", "write the picture: .svg")
  .option("--json", "print one JSON document on standard output")
  .action(async (file: string, options: Record<string, unknown>) =>
    (await import("./spy.ts")).spyCommand(file, options),
  );

program
  .command("round")
  .description("round numbers to a format: one a line on standard input (decimal or hexadecimal), or a .npy file")
  .argument("[file]", "numbers one a line, or .npy (default: standard input)")
  .requiredOption("--format <F>", "binary16, e4m3fn, e5m10, p3109:k8p4se, posit16, int8*0.5, mxfp4, nvfp4 ...")
  .option("--mode <M>", "rne, rna, rnz, rup, rdn, rtz, rto; stochastic: sr (= sra), srb, src, sre", "rne")
  .option(
    "--saturate",
    "finite overflow gives the largest value; infinities stay where they exist (--overflow propagate)",
  )
  .option("--overflow <RULE>", "ieee, saturate, propagate, none (P3109 SatNone); default: the format's own")
  .option("--seed <S>", "stochastic rounding: seed", "0")
  .option("--stream <S>", "stochastic rounding: stream", "0")
  .option("--bits <N>", "stochastic rounding: random bits, 1 to 32", "32")
  .option("--columns <N>", "block formats: length of a row")
  .option("--read <HOW>", "decimals: auto (the double they name, longer ones exactly), exact, double", "auto")
  .option("--json", "print one JSON document on standard output")
  .action(async (file: string | undefined, options: Record<string, unknown>) =>
    (await import("./round.ts")).roundCommand(file, options),
  );

program
  .command("format")
  .description("what a number format can represent")
  .argument("<format>", "its name, as for round")
  .option("--table", "print every code with its value (up to 20 bits)")
  .option("--json", "print one JSON document on standard output")
  .action(async (name: string, options: Record<string, unknown>) =>
    (await import("./format.ts")).formatCommand(name, options),
  );

program
  .command("claims")
  .description("run claims from the literature: each prints its number, its baseline and the machine")
  .argument("[ids...]", "which claims (default: all)")
  .option("--list", "list the claims and their sources")
  .option("--data <DIR>", "folder with the data sets that some claims read")
  .option("--json", "print one JSON document on standard output")
  .action(async (ids: string[], options: Record<string, unknown>) =>
    (await import("./claims.ts")).claimsCommand(ids, options),
  );

program
  .command("doctor")
  .description(
    "tell what this machine offers: engine, WebAssembly features, compiler, memory; measure its speed for the cost model",
  )
  .option("--json", "print one JSON document on standard output")
  .action(async (options: Record<string, unknown>) => (await import("./doctor.ts")).doctorCommand(options));

// A reader that closes the pipe early (`| head`) has what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error.exitCode !== 0 && process.argv.includes("--json"))
      process.stdout.write(
        `${JSON.stringify({ ok: false, error: { kind: "usage", message: error.message.replace(/^error: /, "") } })}\n`,
      );
  } else process.exitCode = report(error, process.argv.includes("--json"));
}
