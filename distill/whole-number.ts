import { DistillError } from './distill-error.ts';

/** @throws {DistillError} DISTILL_ARGUMENT unless `value` is a whole number of `least` or more */
export function requireWhole(name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new DistillError('DISTILL_ARGUMENT', `${name} must be a whole number of ${least} or more, got ${value}`);
}
