import { heaping } from '../../stats/repetitions.ts';
import { percent } from '../wording.ts';
import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** What a prompt's repeated answers look like. */
export interface PromptSpread {
  readonly mean: number;
  /** Sample standard deviation. */
  readonly sd: number;
}

/** How steady the teacher is: the standard deviations of its repeated answers, and where they are large. */
export function stabilitySpread(prompts: readonly PromptSpread[], theme: Theme): Figure {
  const most = Math.max(0.01, ...prompts.map(({ sd }) => sd));
  const step = [0.0025, 0.005, 0.01, 0.02, 0.05].find((width) => most / width <= 16) ?? 0.1;
  const counts = new Map<number, number>();
  for (const { sd } of prompts) counts.set(Math.floor(sd / step), (counts.get(Math.floor(sd / step)) ?? 0) + 1);
  const colour = theme.categories[0]!;
  return {
    title: {
      text: 'How steady the teacher is',
      subtitle: 'Standard deviation of the answers to one prompt, asked again and again',
    },
    spacing: 40,
    hconcat: [
      {
        width: 280,
        height: 230,
        data: { values: [...counts].map(([bin, n]) => ({ from: bin * step, to: (bin + 1) * step, n })) },
        mark: { type: 'bar', color: colour, binSpacing: 1 },
        encoding: {
          x: {
            field: 'from',
            type: 'quantitative',
            bin: { binned: true, step },
            title: 'standard deviation of a prompt',
            scale: { domain: [0, Math.ceil(most / step + 1e-9) * step] },
            axis: { format: '~f', tickCount: 5, grid: false },
          },
          x2: { field: 'to' },
          y: {
            field: 'n',
            type: 'quantitative',
            title: 'prompts',
            scale: { nice: true },
            axis: { tickMinStep: 1, tickCount: 5 },
          },
        },
      },
      {
        width: 300,
        height: 230,
        data: { values: [...prompts] },
        mark: { type: 'point', color: colour, size: 34, opacity: 0.65 },
        encoding: {
          x: {
            field: 'mean',
            type: 'quantitative',
            title: 'mean probability of the prompt',
            scale: { domain: [0, 1] },
            axis: { format: '.1~f', tickCount: 5 },
          },
          y: {
            field: 'sd',
            type: 'quantitative',
            title: 'standard deviation',
            scale: { domain: [0, most], nice: true },
            axis: { format: '~f', tickCount: 5 },
          },
        },
      },
    ],
  } as Figure;
}

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
  return {
    title: {
      text: `${percent(heaping(answers).share)} of the answers are multiples of 0.05`,
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
