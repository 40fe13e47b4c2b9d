import type { Effect } from '../distill/explain/effects.ts';
import type { Explanation } from '../distill/explain/explanation.ts';
import { decimal, table } from './wording.ts';

const BAR = 20;
const PAIRS = 5;

/** An explanation as a table with bars, the largest contribution first, and its strongest pairs. */
export function explanationWords(
  { probability, baseline, contributions, interactions }: Explanation,
  action: string,
): string[] {
  const sorted = [...contributions].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const largest = Math.abs(sorted[0]?.value ?? 0);
  const strongest = interactions.slice(0, PAIRS);
  const rows = table([
    ['no phrase', decimal(baseline)],
    ...sorted.map(({ phrase, value }) => [phrase, signed(value)]),
    [`P(${action})`, decimal(probability)],
  ]);
  return [
    `What each phrase adds to P(${action}), as exact Shapley values:`,
    ...rows.map((row, i) => `  ${row}${barOf(sorted[i - 1]?.value, largest)}`),
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
    `What each phrase adds to P(${action}), mean over those of ${states} states in which it holds:`,
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

const signed = (value: number) => `${value < 0 ? '' : '+'}${decimal(value)}`;

const barOf = (value: number | undefined, largest: number) =>
  value === undefined || largest === 0
    ? ''
    : `  ${(value < 0 ? '-' : '+').repeat(Math.round((BAR * Math.abs(value)) / largest))}`;
