import { csvLine } from '../../workspace/csv.ts';
import type { Effect } from './effects.ts';

/** An effect with whose it is: a row of results/metrics/effects.csv. */
export interface ModelEffect extends Effect {
  /** As evaluation.csv calls it. */
  readonly model: string;
}

/** Columns model, phrase, beside (empty for a main effect), states, mean, mean_absolute. */
export const effectsTable = (rows: readonly ModelEffect[]): string =>
  [
    'model,phrase,beside,states,mean,mean_absolute',
    ...rows.map(({ model, phrase, beside, states, mean, meanAbsolute }) =>
      csvLine([model, phrase, beside, states, mean, meanAbsolute]),
    ),
    '',
  ].join('\n');

/** Rows with a model's effects in the place of its earlier ones, or at the end. */
export function withEffects(
  rows: readonly ModelEffect[],
  model: string,
  effects: readonly Effect[],
): readonly ModelEffect[] {
  const first = rows.findIndex((row) => row.model === model);
  const at = first < 0 ? rows.length : first;
  const others = (part: readonly ModelEffect[]) => part.filter((row) => row.model !== model);
  return [...others(rows.slice(0, at)), ...effects.map((effect) => ({ model, ...effect })), ...others(rows.slice(at))];
}
