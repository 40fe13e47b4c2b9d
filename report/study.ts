import { type DatasetManifest, dataset } from '../distill/dataset/dataset.ts';
import type { Sampling } from '../distill/dataset/sample.ts';
import { studySizes } from '../distill/plan/study-sizes.ts';
import { type TrainedStudent, train } from '../distill/training/train.ts';
import type { Vocabulary } from '../env/scenario.ts';
import type { WorkOptions } from '../env/work.ts';
import { type EvaluationReport, evaluate } from '../measure/evaluation/evaluate.ts';
import { type StabilityReport, stability } from '../measure/stability/stability.ts';
import { defaultTeacher, openTeacher } from '../policies/open.ts';
import type { Elicitation, Teacher } from '../policies/policy.ts';
import { defaultScenario } from '../scenarios/default-scenario.ts';
import { workspace } from '../workspace/paths.ts';
import { visualize } from './visualize.ts';

export interface StudyOptions extends WorkOptions {
  /** A name that openTeacher knows, or a teacher, which then stays open. Default: that of defaultTeacher. */
  readonly teacher?: string | Teacher;
  /** Prompts of the stability study; default 40. */
  readonly prompts?: number;
  /** Runs of each prompt; default 10. */
  readonly runs?: number;
  /** Rows of the data set; default 3,000. */
  readonly size?: number;
  /** Which states the data set asks about; default stratified. */
  readonly sampling?: Sampling;
  /** How the data set's numbers are read; default: as the teacher can. */
  readonly elicit?: Elicitation;
  /** Maximum number of epochs of each student; default: some that fit into minutes. */
  readonly epochs?: number;
  /** Agents that each student is simulated with in the evaluation; default as `evaluate` has it. */
  readonly agents?: number;
  readonly workspace: string;
  readonly seed: number;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
}

export interface StudyReport {
  readonly teacher: string;
  readonly caveat?: string;
  readonly stability: StabilityReport;
  readonly dataset: DatasetManifest;
  readonly students: readonly TrainedStudent[];
  readonly evaluation: EvaluationReport;
  readonly figures: readonly string[];
  /** Path of the page with everything. */
  readonly report: string;
  readonly seconds: number;
}

/** Epochs that together take one to two minutes on two cores for 2,400 rows. */
const EPOCHS = { logistic: 30, mlp: 40, encoder: 24, decoder: 24 } as const;

/**
 * A whole small study: opens the teacher (which checks its file), then stability, dataset, train, evaluate, visualize.
 * Leaves what the single steps leave. What is done is not done again: answers are remembered, trained students kept.
 */
export async function study(options: StudyOptions): Promise<StudyReport> {
  const { elicit, agents, seed, scenario = defaultScenario, signal, progress, log } = options;
  const { prompts, runs, size, evaluation: budget } = studySizes(scenario, options);
  const { teacher: given = await defaultTeacher(scenario, options.workspace) } = options;
  const name = typeof given === 'string' ? given : given.id;
  const began = performance.now();
  const paths = workspace(options.workspace);
  const common = { workspace: options.workspace, seed, scenario, signal, progress, log };
  const headline = (number: number, words: string) => log?.(`[${number}/5] ${words}`);

  const asked = await ask();
  headline(3, 'train: logistic, mlp, encoder, decoder');
  const epochs = options.epochs ?? EPOCHS;
  const { students } = await train({ ...common, student: 'all', train: paths.train, epochs });
  headline(4, 'evaluate: students and baselines on held-out rows');
  const evaluation = await evaluate({
    ...common,
    test: paths.test,
    teacher: given,
    budget,
    agents,
  });
  headline(5, 'visualize: figures and the report');
  const { figures, report } = await visualize({ workspace: options.workspace, scenario, signal, progress, log });
  return {
    teacher: name,
    ...asked,
    students,
    evaluation,
    figures,
    report,
    seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
  };

  /** Opens the teacher for what needs one; one that does not open is known before anything else is done. */
  async function ask(): Promise<Pick<StudyReport, 'caveat' | 'stability' | 'dataset'>> {
    await using opened =
      typeof given === 'string'
        ? await openTeacher(given, { scenario, workspace: options.workspace, labels: true, log, signal })
        : undefined;
    const teacher = opened ?? (given as Teacher);
    const { caveat } = teacher;
    if (caveat) log?.(`${name}: ${caveat}`);
    const asking = { ...common, teacher, name };
    headline(1, `stability: ${prompts} prompts × ${runs} runs`);
    const steady = await stability({ ...asking, prompts, runs, temperature: 1 });
    headline(2, `dataset: ${size} observations`);
    const rows = await dataset({
      ...asking,
      ...(options.sampling !== 'all' && { size }),
      sampling: options.sampling,
      order: 'canonical',
      elicit,
    });
    return { ...(caveat && { caveat }), stability: steady, dataset: rows };
  }
}
