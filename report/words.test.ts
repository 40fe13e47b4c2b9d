import { describe, expect, it } from 'vitest';
import type { StudyModel } from '../workspace/evaluation.ts';
import { TRAINED_ON_TEST } from '../workspace/evaluation.ts';
import { html, inlineSvg } from './html.ts';
import type { StudyFiles } from './study-files.ts';
import { fixed, headlineOf, listed, missingOf, short, withInterval } from './words.ts';

const model = (name: string, mse: number, more: Partial<StudyModel> = {}): StudyModel => ({
  model: name,
  kind: 'student',
  policy: name,
  n: 160,
  unanswered: 0,
  mse,
  mae: Math.sqrt(mse),
  r2: 0.9,
  pearson: 0.95,
  spearman: 0.95,
  ece: 0.01,
  kl: 0.01,
  bias: 0,
  intervals: {
    mse: { lower: 0.9 * mse, upper: 1.1 * mse },
    mae: { lower: 0.01, upper: 0.02 },
    r2: { lower: 0.8, upper: 1 },
    pearson: { lower: 0.9, upper: 1 },
  },
  versusBaseline: { value: mse - 0.01, lower: mse - 0.012, upper: mse - 0.008 },
  beatsBaseline: mse < 0.008,
  ...more,
});
const study = (...models: StudyModel[]): StudyFiles => ({
  evaluation: {
    scenario: 'ice-cream-v1',
    actions: ['buy'],
    teacher: ['tiny'],
    seed: 1,
    test: { path: 'data/test.jsonl', sha256: '0', rows: 160, seenInTraining: 0 },
    train: null,
    bestBaseline: 'nearest',
    models: [...models, model('nearest', 0.01, { kind: 'baseline', beatsBaseline: undefined })],
  },
  states: [],
  logs: [],
  repeats: [],
  students: [],
});

describe('the headline', () => {
  it('does not round less error to none, or nearly all of the variance to all', () => {
    const { sentences } = headlineOf(study(model('logistic', 0.005), model('mlp', 0.00001, { r2: 0.99975 })));
    expect(sentences[0]).toContain('explains 99.9 % of the variance');
    expect(sentences[1]).toContain('That is 99.9 % less error');
  });

  it('warns of students that learned what they are tested on', () => {
    const caveat = `learned from a stand-in; ${TRAINED_ON_TEST}`;
    const { warnings } = headlineOf(study(model('logistic', 0.005, { caveat }), model('mlp', 0.001, { caveat })));
    expect(warnings).toEqual([
      'logistic and mlp learned the very rows that they are tested on: no number here is a measure of unseen states.',
    ]);
  });

  it('says which student is how far from the teacher, and how much better than the baseline', () => {
    const { title, sentences } = headlineOf(study(model('logistic', 0.005), model('mlp', 0.001)));
    expect(title).toBe('mlp is 0.032 away from the teacher on average');
    expect(sentences[0]).toContain('a mean squared error of 0.0010 [0.0009, 0.0011]'.replace('0.0009, ', '0.00090, '));
    expect(sentences[1]).toContain(
      '90 % less error than a rule without training: the best baseline, nearest neighbours',
    );
  });

  it('says it where no student beats the baseline, and does not recommend one', () => {
    const { title, sentences } = headlineOf(study(model('logistic', 0.02), model('mlp', 0.03)));
    expect(title).toBe('No student clearly beats nearest neighbours');
    expect(sentences[1]).toContain('Do not use logistic in the teacher’s place');
  });

  it('names the students that do not beat the baseline and those that cannot be told from the best', () => {
    const { sentences } = headlineOf(
      study(
        model('logistic', 0.02),
        model('mlp', 0.001),
        model('encoder', 0.0011, { versusBest: { value: 0.0001, lower: -0.0001, upper: 0.0003 } }),
      ),
    );
    expect(sentences.join(' ')).toContain('logistic does not clearly beat nearest neighbours.');
    expect(sentences.join(' ')).toContain('This test set does not tell encoder from mlp');
  });

  it('warns of a stand-in teacher, of states seen in training, and of answers that are missing', () => {
    const base = study(model('mlp', 0.001, { unanswered: 3 }));
    const { warnings } = headlineOf({
      ...base,
      evaluation: { ...base.evaluation!, test: { ...base.evaluation!.test, seenInTraining: 7 } },
      students: [
        {
          name: 'mlp',
          sha256: '0',
          parameters: 1,
          seed: 1,
          data: [],
          teacher: { id: 't', licence: 'MIT', caveat: 'a stand-in' },
        },
      ],
    });
    expect(warnings).toEqual([
      'The teacher: a stand-in.',
      '7 of the 160 test states are in the train file too: the errors look smaller than they are.',
      'mlp gave no answer to 3 states; its numbers leave them out.',
    ]);
  });

  it('of an empty workspace says what is missing and which verb makes it', () => {
    const empty: StudyFiles = { states: [], logs: [], repeats: [], students: [] };
    expect(headlineOf(empty).title).toBe('No student has been evaluated yet');
    expect(missingOf(empty).map((line) => /`understudy (\w+)`/.exec(line)?.[1])).toEqual([
      'stability',
      'dataset',
      'train',
      'evaluate',
    ]);
  });
});

describe('numbers in words', () => {
  it('keep two significant digits and no exponent', () => {
    expect([0.00123, 0.5, 1.5, -0.0421, 0, 1e-9].map((value) => short(value))).toEqual([
      '0.0012',
      '0.50',
      '1.50',
      '−0.042',
      '0',
      '0.0000000010',
    ]);
  });

  it('that are not there are a dash', () => {
    expect([short(undefined), short(null), short(Number.NaN), fixed(Number.NaN, 3)]).toEqual(['–', '–', '–', '–']);
    expect(withInterval(Number.NaN, { lower: 0, upper: 1 })).toBe('–');
    expect(short(Number.NEGATIVE_INFINITY)).toBe('−∞');
  });

  it('that round to 0 have no sign', () => {
    expect([fixed(-0.0001, 3), fixed(-0.002, 3)]).toEqual(['0.000', '−0.002']);
  });

  it('are listed with an and', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });
});

describe('html', () => {
  it('escapes text and keeps markup', () => {
    expect(
      html`<p title="${'"'}">${'a < b & c'}${html`<b>${1}</b>`}${undefined}${['x', html`<i>y</i>`]}</p>`.text,
    ).toBe('<p title="&#34;">a &#60; b &#38; c<b>1</b>x<i>y</i></p>');
  });

  it('gives the ids of an SVG a prefix wherever they are used', () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" version="1.1"><g role="graphics-object" aria-label="x"/><clipPath id="a"/><g clip-path="url(#a)"/><use xlink:href="#a"/></svg>';
    expect(inlineSvg(svg, 'f1').text).toBe(
      '<svg><g/><clipPath id="f1-a"/><g clip-path="url(#f1-a)"/><use href="#f1-a"/></svg>',
    );
  });
});
