/** Understudy: ask a language model how people decide, distil it, check the student, run populations with either. */

export { AdamW, type AdamWSettings, type AdamWState } from './distill/training/adamw.ts';
export { type Chance, type Distribution, type Level, type Mixed, mix, range } from './env/chance.ts';
export { describeScenario } from './env/conformance.ts';
export type { ScenarioDeclaration } from './env/declaration.ts';
export { type ErrorCode, errorCodes, UnderstudyError } from './env/error.ts';
export { type Decides, type ExactOptions, type ExactValue, exactValue, occupancy } from './env/exact.ts';
export {
  fromPhrases,
  type Observations,
  observations,
  type Phrases,
  phrasesOf,
} from './env/observation.ts';
export { type PromptForm, promptOf } from './env/prompt.ts';
export { philox4x32 } from './env/random.ts';
export { type Reachability, reachability } from './env/reachability.ts';
export { defineScenario, type Factor, type Scenario } from './env/scenario.ts';
export type { Table, Variable } from './env/table.ts';
export type { TestRunner } from './env/test-runner.ts';
export {
  type DecisionExplanation,
  type EffectsReport,
  type ExplainEffectsOptions,
  type ExplainOptions,
  explainDecision,
  explainEffects,
} from './measure/explain/explain.ts';
export { type Explanation, explain } from './measure/explain/explanation.ts';
export type { DescribePolicyOptions } from './policies/conformance.ts';
export type { OpenPolicyOptions } from './policies/open.ts';
export type {
  Answer,
  AskOptions,
  DecideOptions,
  Decisions,
  Elicitation,
  Outcome,
  Policy,
  Rung,
  Teacher,
} from './policies/policy.ts';
export { iceCream } from './scenarios/ice-cream-v1/scenario.ts';
export { describePolicy, openPolicy, openTeacher } from './scenarios/open.ts';
export type { OnFailure, StepOptions, SwapEntry } from './sim/engine/decider.ts';
export type { DecisionTable } from './sim/engine/decision-table.ts';
export { type RunOptions, type RunSummary, run } from './sim/run.ts';
export { type AgentView, Simulation, type SimulationOptions, type TickRecord } from './sim/simulation.ts';
export { expectedCalibrationError } from './stats/calibration.ts';
export { meanCosineSimilarity } from './stats/cosine.ts';
export { type Icc, type IccForm, type IccUndefined, icc } from './stats/icc.ts';
export { jsDivergence } from './stats/js-divergence.ts';
export { klDivergence } from './stats/kl-divergence.ts';
export { type KsTest, ksTest } from './stats/ks-test.ts';
export { mae } from './stats/mae.ts';
export { mard } from './stats/mard.ts';
export { mse } from './stats/mse.ts';
export { pearson } from './stats/pearson.ts';
export { rSquared } from './stats/r-squared.ts';
export { shapleyInteractions } from './stats/shapley-interactions.ts';
export { shapleyValues } from './stats/shapley-values.ts';
export { spearman } from './stats/spearman.ts';
export { wasserstein1 } from './stats/wasserstein.ts';
