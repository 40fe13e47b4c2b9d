import type { ModelEffect } from '../workspace/effects.ts';
import type { EvaluatedLoss, OrderSensitivity, StudyModel } from '../workspace/evaluation.ts';
import { simplestFirst } from '../workspace/student-config.ts';
import type { DeepReadonly } from './findings/finding.ts';
import type { StudyFiles } from './study-files.ts';

type Model = DeepReadonly<StudyModel>;
/** Anything that holds the models of an evaluation. */
interface Evaluated {
  readonly evaluation?: { readonly models: readonly Model[]; readonly loss?: EvaluatedLoss | undefined };
}

/** What the models of an evaluation are ordered by; files of earlier versions do not say: their MSE. */
export const lossOf = (
  { loss }: { readonly loss?: EvaluatedLoss | undefined },
  model: Pick<Model, 'mse' | 'logLoss'>,
) => (loss === 'log_loss' ? (model.logLoss ?? Number.NaN) : model.mse);

/** Models that were evaluated and are not baselines, from the simplest architecture on. */
export const candidates = ({ evaluation }: Evaluated): Model[] =>
  simplestFirst(evaluation?.models.filter(({ kind }) => kind !== 'baseline') ?? [], ({ model }) => model);

/** The candidate of the lowest loss. */
export function bestOf(study: Evaluated): Model | undefined {
  const loss = (model: Model) => lossOf(study.evaluation ?? {}, model);
  return candidates(study).reduce<Model | undefined>(
    (best, now) => (best && loss(best) <= loss(now) ? best : now),
    undefined,
  );
}

/** Single precision, which students answer in, tells probabilities apart down to about 6e-8; a few roundings add up. */
const ROUNDING = 1e-6;

/** Standard deviations over the orders of a state's phrases; what rounding alone can bring is 0. */
export function movedByOrder<Order extends Pick<OrderSensitivity, 'meanSd' | 'maxSd'>>(order: Order): Order {
  const known = (sd: number) => (sd < ROUNDING ? 0 : sd);
  return { ...order, meanSd: known(order.meanSd), maxSd: known(order.maxSd) };
}

/** Whether the labels stand in a table: those that were evaluated, otherwise those that were imported. */
export const ofTable = ({ evaluation, table }: StudyFiles): boolean =>
  evaluation?.labelled ? evaluation.labelled === 'in a table' : table !== undefined;

/** The teacher of the study, or one that was asked beside labels in a table, if its effects are known. */
export function explainedTeacher({ effects = [], dataset, stability }: StudyFiles): string | undefined {
  const teacher = dataset?.teacher ?? stability?.teacher;
  return effects.find(({ model }) => model === teacher)?.model;
}

/** Models whose effects of phrases are known, from the simplest architecture on, without the teacher. */
export function explained(study: StudyFiles): string[] {
  const { effects = [] } = study;
  const teacher = explainedTeacher(study);
  const models = new Set(effects.map(({ model }) => model).filter((model) => model !== teacher));
  return simplestFirst([...models], (model) => model);
}

/** Effects of single phrases. */
export const mainEffects = ({ effects = [] }: StudyFiles): ModelEffect[] =>
  effects.filter(({ beside }) => beside === undefined);

/** Effects of pairs. */
export const pairsOf = ({ effects = [] }: StudyFiles, model: string): (ModelEffect & { beside: string })[] =>
  effects.flatMap((row) => (row.model === model && row.beside !== undefined ? [{ ...row, beside: row.beside }] : []));

/**
 * The model of the lowest error among those whose effects are known; the first of them if none was evaluated.
 * @param without a model that is left out
 */
export function bestExplained(study: StudyFiles, without?: string): string | undefined {
  const known = explained(study).filter((model) => model !== without);
  const models = study.evaluation?.models.filter(({ model }) => known.includes(model)) ?? [];
  return bestOf({ evaluation: { models, loss: study.evaluation?.loss } })?.model ?? known[0];
}

/** Whose pairs are shown: those of a plain logistic come from the bend of its sigmoid alone, so another's are preferred. */
export const shownInPairs = (study: StudyFiles): string | undefined =>
  bestExplained(study, 'logistic') ?? bestExplained(study);
