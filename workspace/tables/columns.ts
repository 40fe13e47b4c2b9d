import type { DatasetRow } from '../rows.ts';

/** A row as tables show it: with the file that it is in. */
export type Exported = DatasetRow & { readonly split: 'train' | 'test' };

export interface Column {
  readonly name: keyof Exported;
  readonly type: 'text' | 'number' | 'integer' | 'texts' | 'numbers';
  /** Whether every row has it. */
  readonly always: boolean;
}

const known = {
  split: 'text',
  traits: 'texts',
  context: 'texts',
  probability_LLM: 'number',
  probabilities: 'numbers',
  weight: 'number',
  repeats: 'integer',
  probability_sd: 'number',
  probability_repeats: 'numbers',
  spread: 'numbers',
  rung: 'text',
  explanation: 'text',
  explained_probability: 'number',
  entropy: 'number',
  missing: 'number',
  letter_mass: 'number',
  order_bias: 'number',
  scenario: 'text',
  teacher: 'text',
  elicitation: 'text',
  temperature: 'number',
  seed: 'integer',
  template: 'text',
  model: 'text',
} as const satisfies Record<keyof Exported, Column['type']>;

/** The columns that some row has a value for, in a fixed order. */
export function columnsOf(rows: readonly Exported[]): Column[] {
  const given = (row: Exported, name: keyof Exported) => row[name] !== undefined && row[name] !== null;
  return (Object.keys(known) as (keyof Exported)[])
    .filter((name) => rows.some((row) => given(row, name)))
    .map((name) => ({ name, type: known[name], always: rows.every((row) => given(row, name)) }));
}
