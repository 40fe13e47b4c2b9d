import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { nearest } from '../../policies/baselines/nearest.ts';
import { openPolicy } from '../../policies/open.ts';
import type { Policy } from '../../policies/policy.ts';
import { weightedMean } from '../../stats/moments.ts';
import type { DecisionFile } from '../../workspace/decisions.ts';
import type { ModelReport } from '../../workspace/evaluation.ts';
import { asked } from './test-rows.ts';

/** Somebody who is evaluated, not open yet. */
export interface Candidate {
  readonly model: string;
  readonly kind: ModelReport['kind'];
  /** Number of parameters of a baseline that was fitted. */
  readonly parameters?: number;
  open(): Promise<Policy>;
}

export interface CandidateOptions {
  /** Students of the workspace by name, or whatever openPolicy knows; default every student of the workspace. */
  readonly models?: readonly string[];
  readonly workspace: string;
  /** Where the workspace keeps its students. */
  readonly savedModels: string;
  readonly scenario: Vocabulary;
  /** What baselines learn from. */
  readonly train?: DecisionFile;
  readonly log?: (line: string) => void;
}

/**
 * The models, then the baselines: the mean of the train file, its nearest neighbours, uniform.
 * @throws {UnderstudyError} DISTILL_FILE if there is nothing to evaluate, DISTILL_ARGUMENT if two have one name
 */
export async function candidatesOf(options: CandidateOptions): Promise<Candidate[]> {
  const candidates = [...(await modelsOf(options)), ...baselines(options.scenario, options.train)];
  requireNames(candidates);
  return candidates;
}

async function modelsOf(options: CandidateOptions): Promise<Candidate[]> {
  const { savedModels, scenario, workspace, log } = options;
  const files = await readdir(savedModels).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const students = files
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => basename(file, '.onnx'))
    .sort();
  const names = options.models ?? students;
  if (names.length === 0)
    throw new UnderstudyError(
      'DISTILL_FILE',
      `no students in ${savedModels}; run \`understudy train\` first, or name models to evaluate`,
    );
  return names.map((name) => {
    const policy = students.includes(name) ? `student:${name}` : name;
    const alone = names.filter((other) => basename(other) === basename(name)).length === 1;
    return {
      model: alone ? modelName(policy) : policy.replace(/^student:/, ''),
      kind: policy.startsWith('student:') || policy.endsWith('.onnx') ? 'student' : 'policy',
      open: () => openPolicy(policy, { scenario, workspace, labels: true, ...(log && { log }) }),
    };
  });
}

/** A name is a column of predictions.csv. */
function requireNames(candidates: readonly Candidate[]): void {
  const names = candidates.map(({ model }) => model);
  const twice = candidates.find(({ model }, i) => names.indexOf(model) !== i);
  if (!twice) return;
  throw new UnderstudyError(
    'DISTILL_ARGUMENT',
    twice.kind === 'baseline'
      ? `${twice.model} is always evaluated, as a baseline; leave it out of the models`
      : `two models are called ${twice.model}; evaluate them one after the other, or rename a file`,
  );
}

function baselines(scenario: Vocabulary, train: DecisionFile | undefined): Candidate[] {
  const uniform: Candidate = {
    model: 'uniform',
    kind: 'baseline',
    parameters: 0,
    open: () => openPolicy('uniform', { scenario }),
  };
  if (!train) return [uniform];
  const m = scenario.actions.length - 1;
  const labels = asked(train.probabilities, scenario);
  const means = Array.from({ length: m }, (_, a) =>
    weightedMean(
      labels.filter((_, i) => i % m === a),
      train.weights,
    ),
  );
  return [
    {
      model: 'mean',
      kind: 'baseline',
      parameters: m,
      open: () => openPolicy(`constant:${means.join(',')}`, { scenario }),
    },
    { model: 'nearest', kind: 'baseline', open: async () => nearest(scenario, train) },
    uniform,
  ];
}

/** How tables call a policy: "mlp" for student:mlp, "mine" for models/mine.onnx, others by their own name. */
export const modelName = (policy: string): string => {
  const short = policy.replace(/^student:/, '');
  return short.endsWith('.onnx') ? basename(short, '.onnx') : short;
};
