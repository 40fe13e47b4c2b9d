import { csvLine } from '../../workspace/csv.ts';
import type { Coefficient } from './coefficients.ts';

/** A coefficient with whose it is: a row of results/metrics/coefficients.csv. */
export interface ModelCoefficient extends Coefficient {
  /** As evaluation.csv calls it. */
  readonly model: string;
}

/** Columns model, action, phrase (empty for the intercept), beside (empty but for a pair), log_odds, lowest, highest. */
export const coefficientsTable = (rows: readonly ModelCoefficient[]): string =>
  [
    'model,action,phrase,beside,log_odds,lowest,highest',
    ...rows.map(({ model, action, phrase, beside, logOdds, lowest, highest }) =>
      csvLine([model, action, phrase, beside, logOdds, lowest, highest]),
    ),
    '',
  ].join('\n');
