import type { NetworkForm } from './network-form.ts';

/** What a student can be written as: a program, or a table (CSV) of all states. */
export const exportLanguages = ['python', 'r', 'javascript', 'netlogo', 'julia', 'table'] as const;
export type ExportLanguage = (typeof exportLanguages)[number];
/** What a program holds: an answer to each state, or the weights, which answer any set of phrases. */
export const exportForms = ['auto', 'table', 'weights'] as const;
export type ExportForm = (typeof exportForms)[number];

/** A table as a program holds it. */
export interface TableRows {
  readonly kind: 'table';
  /** By state, ascending: `keyOf`. */
  readonly keys: readonly string[];
  /** By state: P of each action but the first, in whole multiples of 1 / SCALE. */
  readonly values: readonly (readonly number[])[];
}

/** What is written as a program in another language. */
export interface Program {
  /** Name of the file, without what comes after the dot. */
  readonly name: string;
  /** What it is, a line each. */
  readonly about: readonly string[];
  readonly phrases: readonly string[];
  readonly actions: readonly string[];
  /** Indices of phrases of which at most one holds. */
  readonly exclusive: readonly (readonly number[])[];
  /** Indices of the phrases of some state. */
  readonly example: readonly number[];
  readonly form: TableRows | NetworkForm;
}

/** A program may differ from the student by this much in a probability. */
export const TOLERANCE = 1e-6;
