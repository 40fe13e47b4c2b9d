import type { Verb } from './verb.ts';

/** In the order of a study, then the running of populations. Each is loaded when it is needed: a command starts sooner. */
export const loaders: Readonly<Record<string, () => Promise<{ readonly default: Verb }>>> = {
  new: () => import('./new.ts'),
  import: () => import('./import.ts'),
  check: () => import('./check.ts'),
  pull: () => import('./pull.ts'),
  plan: () => import('./plan.ts'),
  stability: () => import('./stability.ts'),
  dataset: () => import('./dataset.ts'),
  train: () => import('./train.ts'),
  evaluate: () => import('./evaluate.ts'),
  visualize: () => import('./visualize.ts'),
  study: () => import('./study.ts'),
  explain: () => import('./explain.ts'),
  simulate: () => import('./simulate.ts'),
  replay: () => import('./replay.ts'),
  sweep: () => import('./sweep.ts'),
  compare: () => import('./compare.ts'),
  audit: () => import('./audit.ts'),
  merge: () => import('./merge.ts'),
  serve: () => import('./serve.ts'),
  compile: () => import('./compile.ts'),
  export: () => import('./export.ts'),
  diff: () => import('./diff.ts'),
  log: () => import('./log.ts'),
  pack: () => import('./pack.ts'),
  verify: () => import('./verify.ts'),
  worker: () => import('./worker.ts'),
};

/** Every verb, in the order of the overview. */
export const allVerbs = (): Promise<Verb[]> =>
  Promise.all(Object.values(loaders).map(async (load) => (await load()).default));
