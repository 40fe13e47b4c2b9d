import type { Level } from './chance.ts';
import { UnderstudyError } from './error.ts';
import { unknownName, type Variable } from './table.ts';

/** What a view shows. */
export interface Scope {
  readonly factors: readonly string[];
  readonly prime: '' | "'";
  readonly traits?: readonly string[];
  readonly action?: boolean;
  /** Factors that exist, but cannot be read here, each with the reason. */
  readonly closed?: ReadonlyMap<string, string>;
}

type Read = (variable: Variable) => Level;

/** An object whose properties are reads: of factors (with a prime where the next tick is meant), traits, the action. */
export const view = (read: Read, where: string, scope: Scope): unknown =>
  new Proxy({}, new StateHandler(read, where, scope));

/** Refuses everything but reads by name. A class, as each run of a law has a view of its own, and each branch is a run. */
class SealedHandler {
  protected readonly where: string;

  constructor(where: string) {
    this.where = where;
  }

  ownKeys(): never {
    throw new UnderstudyError(
      'SCENARIO_FACTOR',
      `${this.where}: read factors by name; a state cannot be listed or copied`,
    );
  }

  getOwnPropertyDescriptor(): never {
    return this.ownKeys();
  }

  has(): never {
    throw new UnderstudyError(
      'SCENARIO_FACTOR',
      `${this.where}: read factors by name; "in" does not tell what a state holds`,
    );
  }

  set(): never {
    throw new UnderstudyError(
      'SCENARIO_IMPURE',
      `${this.where}: changes a state that it was given; return what follows instead`,
    );
  }

  deleteProperty(): never {
    return this.set();
  }

  defineProperty(): never {
    return this.set();
  }

  setPrototypeOf(): never {
    return this.set();
  }

  preventExtensions(): never {
    return this.set();
  }
}

class StateHandler extends SealedHandler {
  readonly #read: Read;
  readonly #scope: Scope;
  #traits: unknown;

  constructor(read: Read, where: string, scope: Scope) {
    super(where);
    this.#read = read;
    this.#scope = scope;
  }

  get(_: object, name: string | symbol): unknown {
    const { traits, action, closed, factors, prime } = this.#scope;
    if (typeof name !== 'string') return undefined;
    if (name === 'traits' && traits)
      return (this.#traits ??= new Proxy({}, new TraitsHandler(this.#read, this.where, traits)));
    if (name === 'action' && action) return this.#read('action');
    const reason = closed?.get(name);
    if (reason !== undefined) throw new UnderstudyError('SCENARIO_CROWD', `${this.where} reads ${name}: ${reason}`);
    if (!factors.includes(name))
      throw unknownName('SCENARIO_FACTOR', `factor in ${this.where}`, `${name}${prime}`, factors);
    return this.#read(name + prime);
  }
}

class TraitsHandler extends SealedHandler {
  readonly #read: Read;
  readonly #traits: readonly string[];

  constructor(read: Read, where: string, traits: readonly string[]) {
    super(where);
    this.#read = read;
    this.#traits = traits;
  }

  get(_: object, phrase: string | symbol): boolean {
    if (!this.#traits.includes(String(phrase)))
      throw unknownName('SCENARIO_PHRASE', `trait in ${this.where}`, String(phrase), this.#traits);
    return this.#read(`trait:${String(phrase)}`) === 1;
  }
}
