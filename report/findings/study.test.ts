import { describe, expect, it } from 'vitest';
import type { StudyModel } from '../../workspace/evaluation.ts';
import { TRAINED_ON_TEST } from '../../workspace/evaluation.ts';
import type { StudyFiles } from '../study-files.ts';
import { headlineOf, missingOf, nextStep, studyFindings } from './study.ts';

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

/** Texts of the findings of one severity. */
const said = (files: StudyFiles, severity: string) =>
  studyFindings(files, 'buy').flatMap((finding) => (finding.severity === severity ? [finding.text] : []));

describe('what a study shows', () => {
  it('does not round less error to none, or nearly all of the variance to all', () => {
    const sentences = said(study(model('logistic', 0.005), model('mlp', 0.00001, { r2: 0.99975 })), 'main');
    expect(sentences[0]).toContain('explains 99.97 % of the variance');
    expect(sentences[1]).toContain('is 99.90 % lower');
  });

  it('warns of students that learned what they are tested on', () => {
    const caveat = `learned from a stand-in; ${TRAINED_ON_TEST}`;
    const warnings = said(study(model('logistic', 0.005, { caveat }), model('mlp', 0.001, { caveat })), 'warning');
    expect(warnings).toEqual([
      'logistic and mlp learned the very rows that they are tested on: no number here is a measure of unseen states.',
    ]);
  });

  it('says which student is how far from the teacher, and how much better than the baseline', () => {
    const files = study(model('logistic', 0.005), model('mlp', 0.001));
    const sentences = said(files, 'main');
    expect(headlineOf(files)).toBe('mlp is 0.032 away from the teacher on average');
    expect(sentences[0]).toContain('a mean squared error of 0.0010 [0.0009, 0.0011]'.replace('0.0009, ', '0.00090, '));
    expect(sentences[1]).toContain(
      'The error of mlp is 90 % lower than that of the best baseline, nearest neighbours, which has 0.010',
    );
  });

  it('says it where no student beats the baseline, and does not recommend one', () => {
    const files = study(model('logistic', 0.02), model('mlp', 0.03));
    const sentences = said(files, 'main');
    expect(headlineOf(files)).toBe('No student clearly beats nearest neighbours');
    expect(sentences[1]).toContain('Do not use logistic in the teacher’s place');
  });

  it('names the students that do not beat the baseline and those that cannot be told from the best', () => {
    const sentences = said(
      study(
        model('logistic', 0.02),
        model('mlp', 0.001),
        model('encoder', 0.0011, { versusBest: { value: 0.0001, lower: -0.0001, upper: 0.0003 } }),
      ),
      'main',
    );
    expect(sentences.join(' ')).toContain('logistic does not clearly beat nearest neighbours.');
    expect(sentences.join(' ')).toContain('This test set does not tell encoder from mlp');
  });

  it('warns of a stand-in teacher, of states seen in training, and of answers that are missing', () => {
    const base = study(model('mlp', 0.001, { unanswered: 3 }));
    const files: StudyFiles = {
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
    };
    expect(said(files, 'warning')).toEqual([
      'The teacher: a stand-in.',
      '7 of the 160 test states are in the train file too: the errors look smaller than they are.',
      'mlp gave no answer to 3 rows; its numbers leave them out.',
    ]);
  });

  it('gives the numbers that each sentence rests on', () => {
    const [, ...rest] = studyFindings(study(model('mlp', 0.001)), 'buy');
    expect(rest).toMatchObject([
      {
        kind: 'baseline',
        numbers: { mse: 0.001, baseline: 0.01, difference: 0.001 - 0.01, lower: 0.001 - 0.012, upper: 0.001 - 0.008 },
      },
    ]);
  });

  it('holds the error beside the teacher’s own spread, which is of a temperature above 0', () => {
    const files = study(model('mlp', 0.0001));
    const stability = { temperature: 1, std: { sample: 0.034, population: 0.03 } } as StudyFiles['stability'];
    expect(said({ ...files, stability }, 'main').at(-1)).toBe(
      'Asked again at temperature 1, the teacher itself varies with a standard deviation of 0.034 around its own mean; the root of mlp’s mean squared error is 0.010, less than that.',
    );
    expect(said({ ...files, stability: { ...stability!, temperature: 0 } }, 'main')).toEqual(said(files, 'main'));
  });

  it('says what a teacher that minds the order means for its labels', () => {
    const teacherOrder = {
      ...{ states: 55, orders: 8, meanSd: 0.044, maxSd: 0.11, variance: 0.0026, changeFromCanonical: 0.005 },
      byConstruction: false,
    };
    const base = study(model('mlp', 0.001));
    const asked = (order: string, maxSd = 0.11) =>
      studyFindings(
        {
          ...base,
          evaluation: { ...base.evaluation!, teacherOrder: { ...teacherOrder, maxSd } },
          dataset: { order } as StudyFiles['dataset'],
        },
        'buy',
      ).find(({ kind }) => kind === 'label-order')?.text;
    expect(asked('canonical')).toContain('students copy the teacher as it answers in that one');
    expect(asked('shuffled')).toContain('noise in them');
    expect(asked('canonical', 0)).toBeUndefined();
    expect(asked('another')).toBeUndefined();
  });

  it('names damaged files before what is missing', () => {
    const files: StudyFiles = { states: [], logs: [], repeats: [], students: [], damaged: ['a.csv is damaged: x'] };
    expect(missingOf(files)[0]).toBe('a.csv is damaged: x.');
  });

  it('of an empty workspace says what is missing and which verb makes it', () => {
    const empty: StudyFiles = { states: [], logs: [], repeats: [], students: [] };
    expect(studyFindings(empty, 'buy')).toEqual([]);
    expect(nextStep(empty)).toContain('steps that are missing');
    expect(headlineOf(empty)).toBe('No student has been evaluated yet');
    expect(missingOf(empty).map((line) => /`understudy (\w+)`/.exec(line)?.[1])).toEqual([
      'stability',
      'dataset',
      'train',
      'evaluate',
    ]);
  });
});
