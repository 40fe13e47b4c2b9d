import type { StudyEvaluation } from '../workspace/evaluation.ts';
import type { DeepReadonly } from './findings/finding.ts';

/** How a report names the labels that models are held against. */
export interface LabelWords {
  /** What a model is near to or far from: "the teacher". */
  readonly source: string;
  /** Heading of a panel or an axis: "teacher". */
  readonly short: string;
  /** One label: "the teacher’s probability". */
  readonly one: string;
  /** All of them: "the teacher’s probabilities". */
  readonly all: string;
  /** Their mean over some rows: "the teacher’s mean probability". */
  readonly mean: string;
  /** What is learned: "the teacher’s decisions". */
  readonly decisions: string;
  /** What a row of the test file is: "states". */
  readonly rows: string;
}

const words = {
  'the probabilities of a teacher': {
    source: 'the teacher',
    short: 'teacher',
    one: 'the teacher’s probability',
    all: 'the teacher’s probabilities',
    mean: 'the teacher’s mean probability',
    decisions: 'the teacher’s decisions',
    rows: 'states',
  },
  'the choices of a teacher': {
    source: 'the teacher’s choices',
    short: 'teacher',
    one: 'the teacher’s choice',
    all: 'the teacher’s choices',
    mean: 'the share that the teacher chose',
    decisions: 'the teacher’s choices',
    rows: 'choices',
  },
  'the probabilities in a table': {
    source: 'the labels',
    short: 'label',
    one: 'the label',
    all: 'the labels',
    mean: 'the mean label',
    decisions: 'the labels',
    rows: 'rows',
  },
  'the choices in a table': {
    source: 'the choices',
    short: 'observed',
    one: 'the choice',
    all: 'the choices',
    mean: 'the observed share',
    decisions: 'the choices',
    rows: 'choices',
  },
} as const satisfies Readonly<Record<string, LabelWords>>;

/** The words for the labels of an evaluation; files of earlier versions held a teacher's probabilities. */
export const labelWords = ({
  labels = 'probabilities',
  labelled = 'by a teacher',
}: Pick<DeepReadonly<StudyEvaluation>, 'labels' | 'labelled'>): LabelWords =>
  words[`the ${labels} ${labelled === 'by a teacher' ? 'of a teacher' : 'in a table'}`];
