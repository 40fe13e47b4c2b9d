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

/** An object whose properties are reads: of factors (with a prime where the next tick is meant), traits, the action. */
export function view(read: (variable: Variable) => Level, where: string, scope: Scope): unknown {
  const enumerated = () => {
    throw new UnderstudyError('SCENARIO_FACTOR', `${where}: read factors by name; a state cannot be listed or copied`);
  };
  const changed = () => {
    throw new UnderstudyError(
      'SCENARIO_IMPURE',
      `${where}: changes a state that it was given; return what follows instead`,
    );
  };
  const tested = () => {
    throw new UnderstudyError(
      'SCENARIO_FACTOR',
      `${where}: read factors by name; "in" does not tell what a state holds`,
    );
  };
  const sealed = {
    ownKeys: enumerated,
    getOwnPropertyDescriptor: enumerated,
    has: tested,
    set: changed,
    deleteProperty: changed,
    defineProperty: changed,
    setPrototypeOf: changed,
    preventExtensions: changed,
  };
  const has = new Proxy(
    {},
    {
      get: (_, phrase) => {
        if (!scope.traits!.includes(String(phrase)))
          throw unknownName('SCENARIO_PHRASE', `trait in ${where}`, String(phrase), scope.traits!);
        return read(`trait:${String(phrase)}`) === 1;
      },
      ...sealed,
    },
  );
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (typeof name !== 'string') return undefined;
        if (name === 'traits' && scope.traits) return has;
        if (name === 'action' && scope.action) return read('action');
        const reason = scope.closed?.get(name);
        if (reason !== undefined) throw new UnderstudyError('SCENARIO_CROWD', `${where} reads ${name}: ${reason}`);
        if (!scope.factors.includes(name))
          throw unknownName('SCENARIO_FACTOR', `factor in ${where}`, `${name}${scope.prime}`, scope.factors);
        return read(name + scope.prime);
      },
      ...sealed,
    },
  );
}
