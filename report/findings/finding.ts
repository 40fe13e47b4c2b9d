/** Stable names of what can be found, for programs. */
export type FindingKind =
  // Before the rest is believed.
  | 'teacher-caveat'
  | 'teacher-unreached'
  | 'seen-in-training'
  | 'trained-on-test'
  | 'unanswered'
  | 'unusable-answers'
  // Findings of an evaluation.
  | 'single-choices'
  | 'best-model'
  | 'beside'
  | 'baseline'
  | 'not-better'
  | 'not-told-apart'
  | 'next-best'
  | 'achievable'
  | 'worst-group'
  | 'shares'
  | 'order'
  | 'visits'
  | 'speed'
  // Findings about several teachers.
  | 'teachers-apart'
  | 'nearer-teacher'
  // Findings of a data set.
  | 'label-order'
  // Findings of the effects of phrases.
  | 'effects'
  // Findings of a stability study.
  | 'agreement'
  | 'explanations'
  | 'facets'
  | 'temperature'
  | 'variance'
  | 'repeats'
  | 'noise-ceiling'
  // Findings of an audit of a claim.
  | 'claim'
  | 'claim-range'
  | 'claim-facets'
  | 'claim-power'
  | 'claim-wordings'
  | 'claim-personas'
  | 'claim-luck'
  | 'claim-failed'
  // Findings of a comparison of two populations.
  | 'populations'
  // Findings of a whole study.
  | 'teacher-noise';

/** Something that a study shows: a sentence or more, and the numbers that it rests on. */
export interface Finding {
  readonly kind: FindingKind;
  /**
   * `warning`: to be read before the rest is believed. `main`: the answer to what was asked. `detail`: what a reader
   * would ask next. `note`: how numbers in a table are to be read.
   */
  readonly severity: 'warning' | 'main' | 'detail' | 'note';
  /** A heading of a few words. */
  readonly topic: string;
  /** Full sentences; words in backquotes are code. */
  readonly text: string;
  /** In the units of the measures, shares from 0 to 1; NaN if one could not be computed. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A type whose arrays and objects are all read-only: what was read from a file fits, and so does what was measured. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
