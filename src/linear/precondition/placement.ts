// Where a preconditioner lives: in the memory of its matrix if there is room, else in one of its own.
import { Runtime } from "../../compile/index.ts";
import { hasRoom } from "../iterative/vector-space.ts";

export interface Needs {
  readonly f64: number;
  readonly i32?: number;
  readonly slices?: number;
}

export class Placement {
  readonly runtime: Runtime;
  readonly #owned: boolean;
  readonly #mark: number;
  #end = -1;

  constructor(host: Runtime | undefined, { f64, i32 = 0, slices = 64 }: Needs) {
    const fits = host !== undefined && hasRoom(host, f64 + Math.ceil(i32 / 2), slices);
    this.#owned = !fits;
    this.runtime = fits ? host : Runtime.for({ f64, i32, slices });
    this.#mark = this.runtime.mark();
  }

  /** Is it the memory of the matrix? */
  get shared(): boolean {
    return !this.#owned;
  }

  /** All slices have been made. */
  done(): void {
    this.#end = this.runtime.used;
  }

  /** Gives the memory back; in the memory of the matrix only if nothing was put there afterwards, else it stays until that one goes. */
  dispose(): void {
    if (this.#owned) this.runtime.dispose();
    else if (!this.runtime.disposed && this.runtime.used === this.#end) this.runtime.release(this.#mark);
    this.#end = -1;
  }
}
