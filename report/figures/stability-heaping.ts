import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** How answers heap: a histogram on the lattice of hundredths, the round numbers apart from the others. */
export function stabilityHeaping(answers: readonly number[], theme: Theme): Figure {
  const counts = new Array<number>(101).fill(0);
  for (const answer of answers) {
    const at = Math.round(answer * 100);
    if (at >= 0 && at <= 100) counts[at]!++;
  }
  const kinds = ['multiples of 0.05', 'others'];
  const values = counts.map((n, i) => ({
    from: (i - 0.5) / 100,
    to: (i + 0.5) / 100,
    share: n / answers.length,
    kind: kinds[i % 5 === 0 ? 0 : 1],
  }));
  const round = values.filter(({ kind }) => kind === kinds[0]).reduce((sum, { share }) => sum + share, 0);
  return {
    title: {
      text: `${(100 * round).toFixed(0)} % of the answers are multiples of 0.05`,
      subtitle: 'Answers by hundredth; without a preference for round numbers about 20 % would be',
    },
    width: 620,
    height: 220,
    data: { values },
    mark: { type: 'bar', binSpacing: 0.5 },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        bin: { binned: true, step: 0.01 },
        title: 'probability that was answered',
        scale: { domain: [-0.01, 1.01], nice: false },
        axis: { values: Array.from({ length: 11 }, (_, i) => i / 10), format: '.1f', grid: false },
      },
      x2: { field: 'to' },
      y: {
        field: 'share',
        type: 'quantitative',
        title: 'share of the answers',
        scale: { nice: true },
        axis: { format: '.1~%', tickCount: 5 },
      },
      color: {
        field: 'kind',
        type: 'nominal',
        title: null,
        sort: kinds,
        scale: { domain: kinds, range: [theme.categories[0]!, theme.sequential[2]!] },
      },
    },
  } as Figure;
}
