import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { UnderstudyError } from './error.ts';

/** The law that is running, by its name in errors; undefined while code of other kinds runs. */
let running: string | undefined;
/** What the running law read that is not an argument of it, kept in case the law swallows the error. */
let offence: UnderstudyError | undefined;

/**
 * Runs a law once, refusing chance and time: what it gives must depend on what it reads through its arguments only.
 * Inside `withoutChance` a call of Math.random, Date, performance.now, process.hrtime or crypto throws; a function that
 * was taken from them before (`const { random } = Math`) is out of reach.
 * @param where names the law in errors
 * @throws {UnderstudyError} SCENARIO_IMPURE, also where the law catches it
 */
export function runLaw<T>(where: string, law: () => T): T {
  const before = running;
  running = where;
  offence = undefined;
  try {
    const value = law();
    if (offence) throw offence;
    return value;
  } catch (error) {
    if (offence) throw offence;
    if (error instanceof UnderstudyError) throw error;
    throw new UnderstudyError('SCENARIO_ROW', `${where} fails: ${String(error)}`, { cause: error });
  } finally {
    running = before;
    offence = undefined;
  }
}

/** Puts guards on the sources of chance and time while `compile` runs; they pass through what is called outside a law. */
export function withoutChance<T>(compile: () => T): T {
  const release = guardChance();
  try {
    return compile();
  } finally {
    release();
  }
}

/**
 * Puts guards on the sources of chance and time, which pass through what is called outside a law. A module that is loaded
 * meanwhile gets the guarded functions, so that a law is refused that uses one which the module took aside.
 * @returns what takes the guards away
 */
export function guardChance(): () => void {
  const undo: (() => void)[] = [];
  const release = () => {
    for (const restore of undo.splice(0).reverse()) restore();
    syncBuiltinESMExports();
  };
  const guard = (name: string, holder: object, key: string) => {
    const original = Reflect.get(holder, key) as unknown;
    if (typeof original !== 'function') return;
    const guarded = function (this: unknown, ...values: unknown[]): unknown {
      refuse(name);
      return Reflect.apply(original, this, values);
    };
    const restore = replace(holder, key, Object.assign(guarded, original));
    if (restore) undo.push(restore);
  };
  try {
    guard('Math.random', Math, 'random');
    guard('performance.now', performance, 'now');
    guard('process.hrtime', process, 'hrtime');
    guard('process.hrtime.bigint', process.hrtime, 'bigint');
    guard('process.uptime', process, 'uptime');
    for (const key of ['getRandomValues', 'randomUUID']) guard(`crypto.${key}`, globalThis.crypto, key);
    for (const key of ['randomInt', 'randomBytes', 'randomUUID', 'randomFillSync', 'getRandomValues'])
      guard(`crypto.${key}`, crypto, key);
    const restoreDate = replace(globalThis, 'Date', guardedDate(Date));
    if (restoreDate) undo.push(restoreDate);
    syncBuiltinESMExports();
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** `new Date('2026-01-01')` is a value like any other; only the present is refused. */
function guardedDate(original: DateConstructor): DateConstructor {
  return new Proxy(original, {
    construct(target, values, newTarget) {
      if (values.length === 0) refuse('new Date()');
      return Reflect.construct(target, values, newTarget);
    },
    apply(target) {
      refuse('Date()');
      return target();
    },
    get(target, key, receiver) {
      if (key === 'now') refuse('Date.now');
      return Reflect.get(target, key, receiver);
    },
  });
}

function refuse(name: string): void {
  if (running === undefined) return;
  offence ??= new UnderstudyError(
    'SCENARIO_IMPURE',
    `${running}: calls ${name}; a law must be a pure function: it gives probabilities, like { sun: 0.5, rain: 0.5 }, and each run draws from them`,
  );
  throw offence;
}

/** Puts a value in a property's place. @returns what undoes it; undefined where the property cannot be replaced */
function replace(holder: object, key: string, value: unknown): (() => void) | undefined {
  const before = Object.getOwnPropertyDescriptor(holder, key);
  if (before ? !before.configurable : !Object.isExtensible(holder)) return undefined;
  Object.defineProperty(holder, key, {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    writable: true,
    value,
  });
  return () => {
    if (before) Object.defineProperty(holder, key, before);
    else Reflect.deleteProperty(holder, key);
  };
}
