import { UnderstudyError } from '../env/error.ts';

/** @throws {UnderstudyError} DISTILL_ARGUMENT unless `value` is a whole number of `least` or more */
export function requireWhole(name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new UnderstudyError('DISTILL_ARGUMENT', `${name} must be a whole number of ${least} or more, got ${value}`);
}
