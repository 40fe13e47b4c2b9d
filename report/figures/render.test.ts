import { Resvg } from '@resvg/resvg-js';
import { compile } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { csvRows } from '../../workspace/csv.ts';
import { labelWords } from '../label-words.ts';
import { calibration, predictedVsTrue } from './calibration.ts';
import { costFidelity } from './cost-fidelity.ts';
import { pairEffects, phraseEffects } from './effects.ts';
import { errorBySize } from './error-by-size.ts';
import { errorDistribution } from './error-distribution.ts';
import { textWidth } from './font.ts';
import { logLossComparison } from './log-loss.ts';
import { modelComparison } from './model-comparison.ts';
import { orderSensitivity } from './order-sensitivity.ts';
import { predictedByChoice } from './predicted-by-choice.ts';
import { probabilityByPhrase } from './probability-by-phrase.ts';
import { type Figure, figureTable, rasterise, toPng, toSvg } from './render.ts';
import { type DrawnShare, shareGaps, sharesBeside, sharesByGroup } from './shares.ts';
import { stabilityFacets, stabilityIcc } from './stability-agreement.ts';
import { stabilityComponents } from './stability-components.ts';
import { stabilityRepeats } from './stability-repeats.ts';
import { stabilityHeaping, stabilitySpread } from './stability-spread.ts';
import { subgroups } from './subgroups.ts';
import { colourOf, contrast, dark, inkOn, light, type Theme } from './theme.ts';
import { trainingCurves } from './training-curves.ts';

const random = sequence(1, 'sampling');
const target = Array.from({ length: 80 }, () => Math.round(20 * random()) / 20);
const near = target.map((t) => Math.min(1, Math.max(0, t + 0.2 * (random() - 0.5))));
const models = [
  { model: 'logistic', target, predicted: near },
  { model: 'mlp', target, predicted: target },
];
const row = { baseline: false, low: 0.001, mse: 0.002, high: 0.003, pearson: 0.98, spearman: 0.97 };
const epochs = [1, 2, 3].map((epoch) => ({ epoch, train: 1 / epoch, validation: 1.1 / epoch }));
const cell = { trait: 'cheap', context: 'hungry', n: 3, target: 0.4, student: 0.5 };
const effect = (name: string, variance: number) => ({
  effect: name,
  variance,
  lower: variance - 0.001,
  upper: 1.2 * Math.abs(variance),
});
const paraphrases = {
  facet: 'paraphrase',
  levels: ['0', '1'],
  means: [0.42, 0.45],
  sds: [null, null],
  meanAbsoluteDifference: 0.03,
  largestDifference: 0.1,
};
/** Reliability .9 of one answer, by Spearman–Brown; and the ceiling that it sets. */
const bought = [1, 2, 5].map((repeats) => ({
  repeats,
  reliability: (0.9 * repeats) / (1 + 0.9 * (repeats - 1)),
  sd: 0.1 / Math.sqrt(repeats),
}));
const ceilings = bought.map(({ repeats, reliability, sd }) => ({
  repeats,
  r2: reliability,
  pearson: Math.sqrt(reliability),
  mse: sd ** 2,
}));
const names = { traits: iceCream.traits, contexts: iceCream.contexts, student: 'mlp', action: 'buy', short: 'teacher' };
const words = labelWords({});
const share: DrawnShare = {
  ...{
    model: 'mlp',
    name: 'cheap',
    by: 'trait',
    action: 'buy',
    n: 40,
    observed: 0.4,
    observedLow: 0.3,
    observedHigh: 0.5,
  },
  ...{ predicted: 0.55, difference: 0.15, low: 0.05, high: 0.25 },
};
const shares = [share, { ...share, name: 'a "b" & <c>', difference: -0.02, low: -0.1, high: 0.06, predicted: 0.38 }];
const groups = shares.map(({ name }) => name);
const foreseeing = [
  { model: 'mlp', baseline: false, logLoss: 0.5, low: 0.45, high: 0.55, auc: 0.8 },
  { model: 'mean', baseline: true, logLoss: 0.69, low: 0.69, high: 0.69, auc: Number.NaN },
];

const costed = [
  { model: 'mlp', baseline: false, rate: 5e4, low: 0.0001, loss: 0.0002, high: 0.0003 },
  { model: 'encoder', baseline: false, rate: 1e4, low: 0.0004, loss: 0.0005, high: 0.0006 },
  { model: 'mean', baseline: true, rate: 6e6, low: 0.07, loss: 0.08, high: 0.09 },
];
const teacherMoves = { who: 'the teacher', teacher: true, states: 3, mean: 0.04, most: 0.12, byConstruction: false };
const mlpStays = { who: 'mlp', teacher: false, states: 40, mean: 0, most: 0, byConstruction: true };
const moved = (model: string, phrase: string, mean: number) => ({ model, phrase, states: 9, mean, meanAbsolute: 0.2 });
const together = { phrase: iceCream.phrases[0]!, beside: iceCream.phrases[3]!, states: 9, mean: -0.04 };
const pairNames = { phrases: iceCream.phrases, model: 'mlp', action: 'buy' };
const group = { name: 'cheap', by: 'trait' as const, n: 1234, low: 0.001, mse: 0.004, high: 0.006 };
const ofMlp = { model: 'mlp', overall: 0.002 };

/** Every figure as it usually is, and as it is at its edges. */
const figures: Record<string, (theme: Theme) => Figure> = {
  'training curves': (theme) =>
    trainingCurves(
      [
        { model: 'mlp', epochs },
        { model: 'encoder', epochs },
      ],
      theme,
    ),
  'training curves of one student after one epoch': (theme) =>
    trainingCurves([{ model: 'mlp', epochs: epochs.slice(0, 1) }], theme),
  'model comparison': (theme) =>
    modelComparison(
      [
        { ...row, model: 'mlp' },
        { ...row, model: 'a/b, "c" <d>' },
        { ...row, model: 'mean', baseline: true, pearson: Number.NaN, spearman: Number.NaN },
      ],
      words,
      theme,
    ),
  'model comparison with a perfect model alone': (theme) =>
    modelComparison([{ ...row, model: 'oracle', low: 0, mse: 0, high: 0 }], words, theme),
  'model comparison without any correlation': (theme) =>
    modelComparison([{ ...row, model: 'mean', pearson: Number.NaN, spearman: Number.NaN }], words, theme),
  'cost and fidelity': (theme) => costFidelity(costed, 'mean squared error', theme),
  'cost and fidelity of choices': (theme) => costFidelity(costed, 'log loss', theme),
  'cost and fidelity of a perfect model': (theme) =>
    costFidelity(
      [{ model: 'oracle', baseline: false, rate: 10, low: 0, loss: 0, high: 0 }],
      'mean squared error',
      theme,
    ),
  'order sensitivity': (theme) => orderSensitivity([teacherMoves, mlpStays], theme),
  'order sensitivity of a student alone that sees no order': (theme) => orderSensitivity([mlpStays], theme),
  'phrase effects': (theme) =>
    phraseEffects(
      [moved('mlp', 'cheap', -0.2), moved('tiny', 'cheap', -0.1), moved('mlp', 'a "b" & <c>', 0.01)],
      { students: ['mlp'], teacher: 'tiny', action: 'buy' },
      theme,
    ),
  'phrase effects of a constant': (theme) =>
    phraseEffects([moved('mlp', 'cheap', 0)], { students: ['mlp'], action: 'buy' }, theme),
  'pair effects': (theme) =>
    pairEffects([together, { ...together, beside: iceCream.phrases[4]!, mean: 0.11 }], pairNames, theme),
  'pair effects of a constant': (theme) => pairEffects([{ ...together, mean: 0 }], pairNames, theme),
  subgroups: (theme) => subgroups([group, { ...group, name: '2 contexts', by: 'number of phrases' }], ofMlp, theme),
  'subgroups of a perfect model': (theme) =>
    subgroups([{ ...group, low: 0, mse: 0, high: 0 }], { ...ofMlp, overall: 0 }, theme),
  'error distribution': (theme) => errorDistribution(models, words, theme),
  'error distribution of one state': (theme) =>
    errorDistribution([{ model: 'mlp', target: [0.5], predicted: [0.5] }], words, theme),
  'error by size': (theme) =>
    errorBySize(
      [
        { model: 'mlp', traits: 1, contexts: 0, n: 2, mae: 0.1 },
        { model: 'mlp', traits: 4, contexts: 3, n: 1, mae: 0 },
      ],
      ['mlp'],
      theme,
    ),
  'probability by phrase': (theme) => probabilityByPhrase([cell], names, theme),
  'probability by phrase without a difference': (theme) =>
    probabilityByPhrase([{ ...cell, student: 0.4 }], names, theme),
  'log losses': (theme) => logLossComparison(foreseeing, { bestBaseline: 'mean' }, theme),
  'predictions by choice': (theme) =>
    predictedByChoice(
      [{ model: 'mlp', target: [1, 0, 1], predicted: [0.9, 0.2, 1] }],
      { action: 'buy', short: 'chosen' },
      theme,
    ),
  'predictions of choices that were all alike': (theme) =>
    predictedByChoice([{ model: 'mlp', target: [1], predicted: [0.9] }], { action: 'buy', short: 'chosen' }, theme),
  'shares by group': (theme) =>
    sharesByGroup(shares, { models: ['mlp'], short: 'observed', groups, actions: ['buy'] }, theme),
  'shares of two actions by group': (theme) =>
    sharesByGroup(
      [...shares, ...shares.map((one) => ({ ...one, action: 'wait' }))],
      { models: ['mlp'], short: 'observed', groups, actions: ['buy', 'wait'] },
      theme,
    ),
  'a column beside the labels': (theme) =>
    sharesBeside(shares, { models: ['mlp'], short: 'label', groups, actions: ['buy'] }, theme),
  'gaps of shares': (theme) => shareGaps(shares, { model: 'mlp', short: 'observed', several: false }, theme),
  calibration: (theme) => calibration(models, words, theme),
  'predicted against the teacher': (theme) => predictedVsTrue(models, words, theme),
  'stability spread': (theme) =>
    stabilitySpread(
      [
        { mean: 0.3, sd: 0.02 },
        { mean: 0.9, sd: 0.07 },
      ],
      theme,
    ),
  'stability spread of a deterministic teacher': (theme) => stabilitySpread([{ mean: 0.3, sd: 0 }], theme),
  'stability ICC': (theme) => stabilityIcc([{ form: 'ICC(1,1)', value: 0.97, lower: 0.95, upper: 0.98 }], theme),
  'stability components': (theme) =>
    stabilityComponents([effect('prompt', 0.06), effect('order:prompt', 0.002), effect('residual', -0.0001)], theme),
  'stability components of more effects than can be seen': (theme) =>
    stabilityComponents(
      Array.from({ length: 24 }, (_, i) => effect(`a × ${i}`, 0.08 / 4 ** i)),
      theme,
    ),
  'stability components without any noise': (theme) =>
    stabilityComponents([{ effect: 'prompt', variance: 0.06, lower: 0.05, upper: 0.07 }], theme),
  'stability repeats': (theme) => stabilityRepeats(bought, ceilings, theme),
  'stability repeats with another ceiling than the reliability': (theme) =>
    stabilityRepeats(
      bought,
      ceilings.map((row) => ({ ...row, r2: row.r2 / 2, mse: 2 * row.mse })),
      theme,
    ),
  'stability repeats without a reliability': (theme) =>
    stabilityRepeats(
      bought.map((row) => ({ ...row, reliability: null })),
      [],
      theme,
    ),
  'stability facets': (theme) =>
    stabilityFacets(
      [
        paraphrases,
        { ...paraphrases, facet: 'seed', levels: [...'abcdef'], means: [1, 2, 3, 4, 5, 6].map((i) => 0.4 + i / 100) },
        { ...paraphrases, facet: 'temperature', levels: ['0', '1'], sds: [null, 0.04] },
      ],
      theme,
    ),
  'stability facets without a difference': (theme) =>
    stabilityFacets([{ ...paraphrases, means: [0.4, 0.4], meanAbsoluteDifference: 0, largestDifference: 0 }], theme),
  'stability heaping': (theme) => stabilityHeaping([0, 0.05, 0.07, 0.5, 0.5, 1], theme),
  'stability heaping of one answer': (theme) => stabilityHeaping([0.333], theme),
  'stability ICC below 0': (theme) => stabilityIcc([{ form: 'ICC(1,k)', value: -3, lower: -9, upper: 0.2 }], theme),
};

/** Red, green, blue, alpha of every pixel, through a decoder of PNG. */
function pixelsOf(png: Buffer): { width: number; height: number; pixels: Uint8Array } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const image = `<image width="${width}" height="${height}" href="data:image/png;base64,${png.toString('base64')}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${image}</svg>`;
  return { width, height, pixels: new Resvg(svg).render().pixels };
}

/** A pixel as a number: red, green, blue. */
const colourAt = (pixels: Uint8Array, i: number) =>
  (pixels[4 * i]! << 16) | (pixels[4 * i + 1]! << 8) | pixels[4 * i + 2]!;
const numberOf = (hex: string) => Number.parseInt(hex.slice(1), 16);

describe('figures', () => {
  for (const [name, figure] of Object.entries(figures))
    for (const theme of [light, dark])
      it(`${name} (${theme.name}): on its background, with ink and without a missing value`, async () => {
        const svg = await toSvg(figure(theme), theme);
        expect(svg).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
        expect(svg).not.toMatch(/ style="|<script|<image/);
        // PNG's own way is the same for both themes: once a figure is enough.
        const { width, height, pixels } = theme === light ? pixelsOf(toPng(svg)) : rasterise(svg);
        expect(width).toBeGreaterThan(400);
        expect(height).toBeGreaterThan(150);
        expect(colourAt(pixels, 0)).toBe(numberOf(theme.background));
        const colours = new Set<number>();
        for (let i = 0; i < width * height; i++) colours.add(colourAt(pixels, i));
        expect(colours).toContain(numberOf(theme.ink));
        expect(colours.size).toBeGreaterThan(20);
      });

  for (const [name, figure] of Object.entries(figures))
    it(`${name}: the table beside it has the rows that vega is given, and no others`, () => {
      const drawn = figure(light);
      const written = (value: unknown) =>
        value === null || Number.isNaN(value) ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
      const said = (row: object) =>
        JSON.stringify(
          Object.entries(row)
            .map(([column, value]) => [column, written(value)])
            .filter(([column, value]) => !['dataset', 'ink', 'shift'].includes(column!) && value !== '')
            .sort(),
        );
      const given = compile(drawn).spec.data!.flatMap((source) =>
        'values' in source ? (source.values as object[]) : [],
      );
      expect(given.length).toBeGreaterThan(0);
      expect(new Set(csvRows(figureTable(drawn)).map(said))).toEqual(new Set(given.map(said)));
    });

  it('sort phrases by the size of their effects, whatever its sign', async () => {
    const rows = [moved('mlp', 'small', 0.1), moved('mlp', 'large', -0.3), moved('mlp', 'none', 0)];
    const svg = await toSvg(phraseEffects(rows, { students: ['mlp'], action: 'buy' }, light), light);
    const places = ['large', 'small', 'none'].map((phrase) => svg.indexOf(`>${phrase}<`));
    expect(places[0]).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('write the interaction of a pair with its sign, and 0 where it rounds to none', async () => {
    const rows = [0.11, -0.043, -0.004].map((mean, i) => ({ ...together, beside: iceCream.phrases[3 + i]!, mean }));
    const svg = await toSvg(pairEffects(rows, pairNames, light), light);
    for (const shown of ['>+.11<', '>−.04<', '>0<']) expect(svg).toContain(shown);
  });

  it('count the answers on round numbers, whatever their last bits', async () => {
    const svg = await toSvg(stabilityHeaping([0.05, 0.1 + 0.2, 0.15000000000000002, 0.31], light), light);
    expect(svg).toContain('75 % of the answers are multiples of 0.05');
  });

  it('give curves that lie on each other one line with both names', async () => {
    const svg = await toSvg(stabilityRepeats(bought, ceilings, light), light);
    expect(svg).toContain('reliability = best R² of a student');
    expect(svg).toContain('noise of a label = least root MSE of a student');
    const apart = await toSvg(figures['stability repeats with another ceiling than the reliability']!(light), light);
    expect(apart).not.toContain('reliability =');
    expect(apart).toContain('least root MSE of a student');
  });

  it('say the share of each source of variance with its interval, the others as estimated', async () => {
    const svg = await toSvg(
      stabilityComponents(
        [
          { effect: 'prompt', variance: 0.09, lower: 0.04, upper: 0.19 },
          { effect: 'residual', variance: 0.01, lower: 0.008, upper: 0.012 },
        ],
        light,
      ),
      light,
    );
    // .04 / .05, .19 / .20; .008 / .098, .012 / .102.
    expect(svg).toContain('90 % [80, 95]');
    expect(svg).toContain('10 % [8, 12]');
    expect(svg).toContain('0.300');
  });

  it('put the smallest of many sources together', async () => {
    const svg = await toSvg(figures['stability components of more effects than can be seen']!(light), light);
    expect(svg).toContain('20 smaller ones together');
    expect(svg).toContain('0.4 %');
  });

  it('put many levels on one row', async () => {
    const svg = await toSvg(figures['stability facets']!(light), light);
    expect(svg).toContain('6 levels');
    expect(svg).not.toContain('\u241f');
    expect(svg).toContain('standard deviation of a prompt’s answers');
    expect(await toSvg(figures['stability facets without a difference']!(light), light)).toContain('no difference');
  });

  it('mark the models that no other beats in both cost and error', () => {
    const rows = csvRows(figureTable(costFidelity(costed, 'mean squared error', light)));
    expect(Object.fromEntries(rows.map(({ model, front }) => [model, front]))).toEqual({
      mlp: 'true',
      encoder: 'false',
      mean: 'true',
    });
  });

  it('draw bars as long as the order moves answers, and say if there is none to see', async () => {
    const svg = await toSvg(orderSensitivity([teacherMoves, mlpStays], light), light);
    const bars = /mark-rect[\s\S]*?<\/g>/.exec(svg)![0];
    const lengths = Array.from(bars.matchAll(/d="M[-\d.,]+h([\d.]+)v/g), ([, length]) => Number(length)).sort(
      (a, b) => b - a,
    );
    expect(lengths[0]! / lengths[1]!).toBeCloseTo(0.12 / 0.04, 6);
    expect(lengths.slice(2)).toEqual([0, 0]);
    expect(svg.match(/0: it is not shown an order/g)).toHaveLength(1);
    for (const states of ['the teacher, n = 3', 'mlp, n = 40']) expect(svg).toContain(states);
  });

  it('put the worst groups first, and no more than can be read', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ ...group, name: `${i}`, mse: (1 + (i % 7) + i / 100) / 1e3 }));
    const rows = csvRows(figureTable(subgroups(many, ofMlp, light))).filter(({ dataset }) => dataset === '2');
    const errors = rows.map(({ mse }) => Number(mse));
    expect(errors).toEqual([...many.map(({ mse }) => mse)].sort((a, b) => b - a).slice(0, 14));
    expect(rows[0]!.states).toBe('n = 1,234');
  });

  it('escapes names', async () => {
    expect(await toSvg(figures['model comparison']!(light), light)).toContain('a/b, "c" &lt;d&gt;');
  });

  it('come out the same each time', async () => {
    const figure = figures['model comparison']!(light);
    expect(await toSvg(figure, light)).toBe(await toSvg(figure, light));
  });
});

describe('text', () => {
  const drawn = (family: string, weight: number) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="30"><rect width="200" height="30" fill="#fff"/><text y="20" font-family="${family}" font-weight="${weight}" font-size="16">Mean − error ± 0.05 × “é”</text></svg>`;
    const { pixels } = pixelsOf(toPng(svg));
    let ink = 0;
    for (let i = 0; i < pixels.length; i += 4) ink += 255 - pixels[i]!;
    return ink;
  };

  it('is drawn with the font that comes with the package, on machines without fonts too', () => {
    expect(drawn('Inter, system-ui', 400)).toBeGreaterThan(10_000);
  });

  it('is bolder where it is emphasised', () => {
    expect(drawn('Inter SemiBold, Inter', 600)).toBeGreaterThan(1.1 * drawn('Inter', 400));
  });

  it('falls back to the bundled font for a family that is not there', () => {
    expect(drawn('No Such Font', 400)).toBe(drawn('Inter', 400));
  });

  it('is as wide as it is measured', () => {
    const text = 'ice cream is cheap today (discount)';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="40"><text y="30" font-family="Inter" font-size="20">${text}</text></svg>`;
    const { width, pixels } = pixelsOf(toPng(svg));
    let right = 0;
    for (let i = 0; i < pixels.length / 4; i++) if (pixels[4 * i + 3]! > 0) right = Math.max(right, i % width);
    // Kerning is not measured; two pixels a point.
    expect(right / 2 / textWidth(text, 20, 400)).toBeCloseTo(1, 1);
    expect(textWidth(text, 20, 600)).toBeGreaterThan(textWidth(text, 20, 400));
  });
});

describe('colours', () => {
  for (const theme of [light, dark])
    it(`can be seen and text can be read on the ${theme.name} background (WCAG 2.2: 3 and 4.5 to 1)`, () => {
      for (const colour of [...theme.categories, theme.neutral])
        expect(contrast(colour, theme.background), colour).toBeGreaterThanOrEqual(3);
      for (const colour of [theme.ink, theme.muted])
        expect(contrast(colour, theme.background), colour).toBeGreaterThanOrEqual(4.5);
    });

  it('contrast as published: black on white 21 to 1, #767676 on white 4.54 to 1', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 12);
    expect(contrast('#ffffff', '#767676')).toBeCloseTo(4.54, 2);
  });

  it('of text on a cell can be read wherever the cell is on its ramp', () => {
    for (const theme of [light, dark])
      for (const ramp of [theme.sequential, theme.diverging])
        ramp.forEach((colour, i) => {
          const ink = inkOn(theme, ramp, i / (ramp.length - 1));
          expect(contrast(ink, colour), `${theme.name} ${colour}`).toBeGreaterThanOrEqual(3.5);
        });
  });

  it('stay with a student whoever else is there; baselines are neutral', () => {
    expect(colourOf(light, 'encoder', ['encoder'])).toBe(colourOf(light, 'encoder', ['logistic', 'mlp', 'encoder']));
    expect(colourOf(light, 'nearest', ['mlp'])).toBe(light.neutral);
    expect(colourOf(light, 'tiny', ['mlp', 'tiny'])).toBe(light.categories[4]);
  });
});
