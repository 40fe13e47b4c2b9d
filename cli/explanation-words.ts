import type { Explanation } from '../measure/explain/explanation.ts';
import type { Coefficient } from '../workspace/coefficients.ts';
import type { Effect } from '../workspace/effects.ts';
import { decimal, table } from './wording.ts';

const BAR = 20;
const PAIRS = 5;
const BESIDE = 'Beside a trait: in orders that begin with one; sets without are no states, and extrapolated.';

/** An explanation as a table with bars, the largest contribution first, and its strongest pairs. */
export function explanationWords(
  { probability, baseline, contributions, interactions }: Explanation,
  action: string,
): string[] {
  const sorted = [...contributions].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const largest = Math.abs(sorted[0]?.value ?? 0);
  const compared = contributions.some(({ inside }) => inside !== undefined);
  const strongest = interactions.slice(0, PAIRS);
  const rows = table([
    ...(compared ? [['', '', 'beside a trait']] : []),
    ['no phrase', decimal(baseline)],
    ...sorted.map(({ phrase, value, inside }) => [
      phrase,
      signed(value),
      ...(compared ? [inside === undefined ? '–' : signed(inside)] : []),
    ]),
    [`P(${action})`, decimal(probability)],
  ]);
  return [
    `What each phrase adds to P(${action}), as exact Shapley values:`,
    ...rows.map((row, i) => `  ${row}${barOf(sorted[i - (compared ? 2 : 1)]?.value, largest)}`),
    ...(compared ? [BESIDE] : []),
    ...(strongest.length === 0
      ? []
      : [
          'Strongest pairs: what two phrases do together beyond what each does alone:',
          ...table(strongest.map(({ phrases, value }) => [phrases.join(' and '), signed(value)])).map(
            (row) => `  ${row}`,
          ),
        ]),
  ];
}

/** Main effects as a table, the largest first. */
export function effectsWords(effects: readonly Effect[], states: number, action: string): string[] {
  const main = effects.filter(({ beside }) => beside === undefined).sort((a, b) => b.meanAbsolute - a.meanAbsolute);
  return [
    `What each phrase adds to P(${action}) beside a trait, mean over those of ${states} states in which both hold:`,
    ...table([
      ['phrase', 'mean', 'mean size', 'states'],
      ...main.map((effect) => [
        effect.phrase,
        signed(effect.mean),
        decimal(effect.meanAbsolute),
        String(effect.states),
      ]),
    ]).map((row) => `  ${row}`),
  ];
}

/** Coefficients of phrases as a table for each action, the largest first; those of pairs are left to the file. */
export function coefficientsWords(coefficients: readonly Coefficient[]): string[] {
  const ordinal = coefficients.some(({ lowest, highest }) => lowest < highest);
  const paired = coefficients.some(({ beside }) => beside !== undefined);
  const cells = ({ phrase, logOdds, lowest, highest }: Coefficient) => {
    if (ordinal) return [signed(logOdds), signed(lowest), signed(highest)];
    return [signed(logOdds), phrase === undefined ? '' : `×${Math.exp(logOdds).toFixed(2)}`];
  };
  return [...new Set(coefficients.map(({ action }) => action))].flatMap((action) => {
    const [intercept, ...rows] = coefficients.filter((row) => row.action === action && row.beside === undefined);
    const phrases = rows.sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds));
    return [
      ordinal
        ? 'What each phrase adds to the log-odds that the answer lies above a level; mean, least and most over the levels:'
        : `What each phrase adds to the log-odds of ${action}, ${paired ? 'beside what pairs add' : 'whatever else holds'}, and what it multiplies the odds by:`,
      ...table([['no phrase', ...cells(intercept!)], ...phrases.map((row) => [row.phrase!, ...cells(row)])]).map(
        (row) => `  ${row}`,
      ),
    ];
  });
}

const signed = (value: number) => `${value < 0 ? '' : '+'}${decimal(value)}`;

const barOf = (value: number | undefined, largest: number) =>
  value === undefined || largest === 0
    ? ''
    : `  ${(value < 0 ? '-' : '+').repeat(Math.round((BAR * Math.abs(value)) / largest))}`;
