// One population of programs and its search. For every number of operations the best programs found are kept (an archive by
// cost, as in Mouret and Clune 2015, "Illuminating search spaces by mapping elites", with the number of operations as the map); children
// are changes of kept programs. A fit finds the valley of the best constants with luck only, so a program that is met again and again
// is fitted anew, ever more rarely, from the constants it inherits then and other random ones; between, it is skipped. What a fit
// finds depends on the fingerprint, on the number of the attempt and on the constants inherited.
import { Random } from "../../base/index.ts";
import { Fingerprinter, seedFor } from "./fingerprint.ts";
import { Fitter, type Fitted, type Samples } from "./fit.ts";
import { isRedundant, Mutator } from "./mutate.ts";
import type { Instruction, Program, Start, Step } from "./program.ts";

export interface IslandOptions {
  readonly from: number;
  readonly to: number;
  readonly samples: Samples;
  readonly instructions: readonly Instruction[];
  readonly mostOperations: number;
  readonly seed: number;
  readonly stream: number;
  /** Skip programs whose fingerprint was met before, but for those whose turn it is to be fitted anew; default true. */
  readonly cache?: boolean;
}

/** A program with its constants and its worst weighted error at the samples. */
export interface Individual {
  readonly program: Program;
  readonly constants: readonly number[];
  readonly worst: number;
}

/** What is known of a fingerprint. */
interface Known {
  /** Children met that have it. */
  met: number;
  /** Fits from different constants. */
  attempts: number;
  /** Where the last of them began. */
  last: Start;
  /** The best of them. */
  found: Individual | undefined;
}

/** What the search has done. */
export interface SearchCounts {
  readonly children: number;
  readonly fitted: number;
  /** Children whose fingerprint was known. */
  readonly repeated: number;
}

/** Programs kept for each number of operations. */
const KEPT = 20;
/** Fits of a program begin when it is met for the first time, and this many times as often as at the fit before. */
const AGAIN = 4;
/** First look at a program: starts from the constants it inherits, random starts, steps of the fit. */
const INHERITED = 4;
/** Inherited constants are changed by this share of them, or this much where they are new, but for the first start. */
const SHAKEN = 0.2;
const STARTS = 10;
/** Random starts of programs with more steps than this rarely lead anywhere. */
const LONG = 10;
const STARTS_LONG = 2;
const FIRST_STEPS = 40;
/** The best of them go on. */
const FINALISTS = 2;
const LAST_STEPS = 400;
const MOST_CONSTANTS = 16;
/** Errors that differ by less are those of twins. */
const TWINS = 1e-3;

export class Island {
  readonly #options: IslandOptions;
  readonly #random: Random;
  readonly #mutator: Mutator;
  readonly #prints: Fingerprinter;
  /** By fingerprint; `found` is undefined where the program has no fit. */
  readonly #known = new Map<string, Known>();
  readonly #fitter: Fitter;
  /** By cost. No program ends with a square: those are put on when the constants are made level. */
  readonly #archive: Individual[][] = [];
  #children = 0;
  #fitted = 0;
  #repeated = 0;

  constructor(options: IslandOptions) {
    this.#options = options;
    this.#random = new Random(options.seed, options.stream);
    this.#mutator = new Mutator(this.#random, options.instructions);
    this.#prints = new Fingerprinter(options.from, options.to);
    this.#fitter = new Fitter(options.samples);
    for (let cost = 0; cost <= options.mostOperations; cost++) this.#archive.push([]);
  }

  get counts(): SearchCounts {
    return { children: this.#children, fitted: this.#fitted, repeated: this.#repeated };
  }

  /** The programs kept, best first, by their number of operations. */
  get archive(): readonly (readonly Individual[])[] {
    return this.#archive;
  }

  /** So many children are made, and fitted if they are new. */
  advance(children: number): void {
    for (let k = 0; k < children; k++) {
      const made = this.#next();
      this.#children++;
      if (made === undefined) continue;
      const start: Start = { ...made, program: withoutSquares(made.program) };
      const { steps, constants } = start.program;
      if (steps.length > this.#options.mostOperations) continue;
      if (constants > MOST_CONSTANTS || isRedundant(start.program)) continue;
      const found = this.#evaluate(start);
      if (found !== undefined) keep(this.#archive[found.program.steps.length], found);
    }
  }

  /** Takes over programs from another island. */
  welcome(visitors: readonly Individual[]): void {
    for (const each of visitors)
      if (each.program.steps.length <= this.#options.mostOperations)
        keep(this.#archive[each.program.steps.length], each);
  }

  #next(): Start | undefined {
    const filled = this.#archive.filter((list) => list.length > 0);
    if (filled.length === 0 || this.#random.next() < 0.02)
      return this.#mutator.random(1 + Math.floor(3 * this.#random.next()));
    const pick = (): Individual => {
      const list = filled[Math.floor(this.#random.next() * filled.length)];
      // Better ones more often.
      return list[Math.floor(this.#random.next() ** 2 * list.length)];
    };
    return this.#mutator.child(pick(), pick());
  }

  /**
   * Programs with the same fingerprint and as many steps share the best constants that any of them has found. A shorter one takes
   * the place of a longer one, a longer one is nothing new.
   */
  #evaluate(start: Start): Individual | undefined {
    const key = this.#prints.of(start.program);
    let known = this.#known.get(key);
    const longer = known === undefined ? 0 : start.program.steps.length - known.last.program.steps.length;
    if (known === undefined || longer < 0)
      this.#known.set(key, (known = { met: 0, attempts: 0, last: start, found: undefined }));
    else this.#repeated++;
    if (longer > 0) {
      // Without fingerprints nobody would know that it is a shorter one in disguise.
      if (this.#options.cache === false) {
        this.#fitted++;
        this.#fit(start, new Random(this.#options.seed, seedFor(`${this.#options.stream},${key}`)));
      }
      return undefined;
    }
    known.met++;
    const anew = known.met === AGAIN ** known.attempts;
    if (!anew && this.#options.cache !== false) return known.found;
    if (anew) {
      known.attempts++;
      known.last = start;
    }
    this.#fitted++;
    const { program } = known.last;
    const { seed, stream } = this.#options;
    const random = new Random(seed, seedFor(`${stream},${known.attempts},${key}`));
    const fitted = this.#fit(known.last, random);
    if (fitted !== undefined && (known.found === undefined || fitted.worst < known.found.worst))
      known.found = { program, constants: [...fitted.constants], worst: fitted.worst };
    return known.found;
  }

  /** From the parent's constants, and from random ones. */
  #fit({ program, values }: Start, random: Random): Fitted | undefined {
    const firsts: Fitted[] = [];
    const start = new Float64Array(program.constants);
    const long = program.steps.length > LONG;
    const starts = start.length === 0 ? 1 : long ? STARTS_LONG : STARTS;
    for (let s = -INHERITED; s < starts; s++) {
      const span = 1 + Math.max(s, 0) / 3;
      for (let j = 0; j < start.length; j++) {
        const drawn = (random.next() < 0.5 ? -1 : 1) * 10 ** (span * random.next() * 1.3 - 0.3 * span);
        const value = s < 0 ? values[j] : undefined;
        const shake = s === -INHERITED || value === undefined ? 0 : SHAKEN * (2 * random.next() - 1);
        start[j] = value === undefined ? drawn : value + shake * (value === 0 ? 1 : value);
      }
      const found = this.#fitter.descend(program, start, FIRST_STEPS);
      if (found !== undefined) firsts.push(found);
    }
    firsts.sort((a, b) => a.worst - b.worst);
    let best: Fitted | undefined;
    for (const first of firsts.slice(0, FINALISTS)) {
      const found = this.#fitter.descend(program, first.constants, LAST_STEPS);
      best = better(best, found);
    }
    return best;
  }
}

function better(a: Fitted | undefined, b: Fitted | undefined): Fitted | undefined {
  return a === undefined || (b !== undefined && b.worst < a.worst) ? b : a;
}

/** Puts a program into a list of the best, if it is one of them. */
function keep(list: Individual[], one: Individual): void {
  const twin = list.findIndex((each) => Math.abs(each.worst - one.worst) <= TWINS * one.worst);
  if (twin >= 0) {
    // Either may lead on: the newer one stays, so that equals drift.
    list[twin] = one;
    return;
  }
  if (list.length === KEPT && one.worst >= list[KEPT - 1].worst) return;
  list.push(one);
  list.sort((a, b) => a.worst - b.worst);
  if (list.length > KEPT) list.pop();
}

/** How many of the last steps square the step before. */
function squaresAtEnd(steps: readonly Step[]): number {
  let count = 0;
  for (let k = steps.length; k > 1; k--) {
    const { op, left, right } = steps[k - 1];
    if (op !== "*" || left !== k - 1 || right !== left) break;
    count++;
  }
  return count;
}

/** Steps that square carry no constants. */
function withoutSquares(program: Program): Program {
  const { steps, constants } = program;
  const count = squaresAtEnd(steps);
  return count === 0 ? program : { steps: steps.slice(0, steps.length - count), constants };
}
