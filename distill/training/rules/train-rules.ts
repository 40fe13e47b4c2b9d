import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnderstudyError } from '../../../env/error.ts';
import { orderOf } from '../../../env/observation.ts';
import type { Vocabulary } from '../../../env/scenario.ts';
import type { WorkOptions } from '../../../env/work.ts';
import { studentFiles } from '../../../policies/students/checkpoint.ts';
import { onnxOf } from '../../../policies/students/onnx.ts';
import { scenarioHash } from '../../../scenarios/study.ts';
import { sha256 } from '../../../workspace/hash.ts';
import { workspace } from '../../../workspace/paths.ts';
import { machine } from '../../../workspace/provenance.ts';
import { jsonText } from '../../../workspace/result-file.ts';
import type { StudentConfig } from '../../../workspace/student-config.ts';
import { logPath, logText, runPath } from '../../../workspace/training-log.ts';
import { writeTogether } from '../../../workspace/write-file.ts';
import type { TrainingData } from '../data.ts';
import type { TrainedStudent } from '../train-student.ts';
import { chooseSize } from './choose-size.ts';
import { fitTerms, type RuleRows } from './regression.ts';
import { type RuleModel, rulesText } from './rules-text.ts';
import { selectTerms } from './select-terms.ts';

const NAME = 'rules';
/** More terms than this nobody reads. */
const MOST_TERMS = 60;
/** What fits them, as the configuration names it. */
const BACKEND = 'Newton';

export interface RulesOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  readonly workspace?: string;
  readonly seed: number;
}

/** A trained student of rules, with the rules in words. */
export interface TrainedRules extends TrainedStudent {
  readonly rules: RuleModel;
  /** Markdown: prose, TypeScript and Python. */
  readonly text: string;
}

/**
 * Fits a student that can be read: a logistic regression (of more than two actions a multinomial one) on a short list of
 * phrases, pairs and triples. Writes models/saved_models/rules.onnx, models/configs/rules.json, results/rules.md and
 * results/logs/rules.csv, with a line for each number of terms.
 * @throws {UnderstudyError} DISTILL_ANSWERS if all labels are equal
 */
export async function trainRules(data: TrainingData, options: RulesOptions): Promise<TrainedRules> {
  const { scenario, seed, signal, progress, log } = options;
  const started = performance.now();
  const paths = workspace(options.workspace ?? '.');
  const files = { ...studentFiles(paths.root, NAME), log: logPath(paths, NAME) };
  const rows = ruleRows(data, scenario);
  const stage = `training ${NAME}`;
  const found = await selectTerms(rows, scenario.phrases.length, {
    ...{ most: MOST_TERMS, signal },
    onStep: async (terms) => {
      progress?.({ stage, done: terms, of: MOST_TERMS, note: `${terms} effects found` });
      await nextTurn();
    },
  });
  const { size, sizes } = chooseSize(rows, found, seed);
  if (size === 0)
    throw new UnderstudyError(
      'DISTILL_ANSWERS',
      `no phrase, pair or triple tells the labels of ${data.file} apart: there are no rules to learn`,
    );
  log?.(`${NAME}: ${size} of ${found.length} effects kept, by cross-validation within one standard error`);
  const fit = fitTerms(rows, found.slice(0, size));
  progress?.({ stage, done: MOST_TERMS, of: MOST_TERMS, note: `${size} effects` });
  const m = rows.outputs;
  const k = m + 1;
  const head = k === 2 ? ({ kind: 'sigmoid' } as const) : ({ kind: 'softmax', actions: k } as const);
  const outputs = k === 2 ? 1 : k;
  const architecture = { kind: 'logistic', width: scenario.phrases.length, hidden: [], terms: fit.terms } as const;
  // With more than two actions, the first has a column of zeros.
  const columns = (from: number, to: number) =>
    Float32Array.from({ length: (to - from) * outputs }, (_, i) => {
      const [t, a] = [from + Math.floor(i / outputs), (i % outputs) - (outputs - m)];
      return a < 0 ? 0 : fit.coefficients[t * m + a]!;
    });
  const trained = [
    { name: 'output.weight', shape: [size, outputs], values: columns(0, size) },
    { name: 'output.bias', shape: [outputs], values: columns(size, size + 1) },
  ];
  const { phrases, actions } = scenario;
  const onnx = onnxOf(architecture, head, trained, {
    scenario: scenario.id,
    phrases: JSON.stringify(phrases),
    actions: JSON.stringify(actions),
    teacher: data.provenance.id,
    licence: data.provenance.licence,
  });
  const chosen = sizes[size]!;
  const summary = {
    loss: 'bce',
    reason: `${size} effects and interactions, chosen by cross-validation within one standard error`,
    parameters: (size + 1) * m,
    epochs: sizes.length,
    bestEpoch: size + 1,
    validationLoss: chosen.heldOut,
    validationMse: chosen.mse,
  } as const;
  const states = data.states;
  const config: StudentConfig = {
    format: 'understudy-student-1',
    name: NAME,
    architecture,
    head,
    scenario: scenario.id,
    scenarioSha256: scenarioHash(scenario),
    phrases: [...phrases],
    actions: [...actions],
    sha256: sha256(onnx),
    parameters: summary.parameters,
    seed,
    teacher: data.provenance,
    data: [{ file: basename(data.file), sha256: data.sha256, rows: rows.held.length, states }],
    learned: { states: data.learned },
    labels: data.kind,
    training: { ...summary, backend: BACKEND },
  };
  const rules: RuleModel = { phrases, actions, terms: fit.terms, coefficients: [...fit.coefficients] };
  const text = rulesText(rules, `${scenario.id}, learned from ${data.provenance.id}`);
  const seconds = (performance.now() - started) / 1000;
  const run = { student: NAME, sha256: config.sha256, backend: BACKEND, machine: machine(), seconds };
  await writeTogether({
    [files.log]: logText(
      sizes.map(({ terms, train, heldOut, mse }) => ({
        ...{ epoch: terms + 1, train, validation: heldOut, mse },
        refit: undefined,
      })),
    ),
    [runPath(paths, NAME)]: jsonText(run),
    [paths.rules]: text,
    [files.onnx]: onnx,
    [files.config]: jsonText(config),
  });
  return { ...summary, student: NAME, files, seconds, finishedBefore: false, rules, text };
}

function ruleRows(data: TrainingData, { actions }: Vocabulary): RuleRows {
  const { observations, probabilities, weights, clusters } = data;
  const n = observations.masks.length;
  const k = actions.length;
  const targets = Float64Array.from({ length: n * (k - 1) }, (_, i) => {
    const row = Math.floor(i / (k - 1));
    return probabilities[row * k + 1 + (i % (k - 1))]!;
  });
  const mean = weights ? weights.reduce((a, b) => a + b, 0) / n : 1;
  return {
    held: Array.from({ length: n }, (_, i) => [...orderOf(observations, i)].sort((a, b) => a - b)),
    targets,
    weights: weights ? weights.map((weight) => weight / mean) : new Float64Array(n).fill(1),
    clusters,
    outputs: k - 1,
  };
}
