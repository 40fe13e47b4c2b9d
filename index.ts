/** Understudy: ask a language model how people decide, distil it, check the student, run populations with either. */

export { AdamW, type AdamWSettings, type AdamWState } from './distill/adamw.ts';
export { type Explanation, explain } from './distill/explain/explanation.ts';
export { expectedCalibrationError } from './distill/stats/calibration.ts';
export { meanCosineSimilarity } from './distill/stats/cosine.ts';
export { type Icc, type IccForm, type IccUndefined, icc } from './distill/stats/icc.ts';
export { jsDivergence } from './distill/stats/js-divergence.ts';
export { klDivergence } from './distill/stats/kl-divergence.ts';
export { type KsTest, ksTest } from './distill/stats/ks-test.ts';
export { mae } from './distill/stats/mae.ts';
export { mard } from './distill/stats/mard.ts';
export { mse } from './distill/stats/mse.ts';
export { pearson } from './distill/stats/pearson.ts';
export { rSquared } from './distill/stats/r-squared.ts';
export { shapleyInteractions } from './distill/stats/shapley-interactions.ts';
export { shapleyValues } from './distill/stats/shapley-values.ts';
export { spearman } from './distill/stats/spearman.ts';
export { wasserstein1 } from './distill/stats/wasserstein.ts';
export { type Chance, type Distribution, type Level, type Mixed, mix, range } from './env/chance.ts';
export { describeScenario } from './env/conformance.ts';
export type { ScenarioDeclaration } from './env/declaration.ts';
export { type Decides, type ExactOptions, type ExactValue, exactValue, occupancy } from './env/exact.ts';
export { iceCream } from './env/ice-cream.ts';
export {
  fromPhrases,
  ObservationError,
  type Observations,
  observations,
  type Phrases,
  phrasesOf,
} from './env/observation.ts';
export { type PromptForm, promptOf } from './env/prompt.ts';
export { philox4x32 } from './env/random.ts';
export { type Reachability, reachability } from './env/reachability.ts';
export { defineScenario, type Factor, type Scenario } from './env/scenario.ts';
export { ScenarioError, type Table, type Variable } from './env/table.ts';
export type { TestRunner } from './env/test-runner.ts';
export { type DescribePolicyOptions, describePolicy } from './policies/conformance.ts';
export { type OpenPolicyOptions, openPolicy, openTeacher } from './policies/open.ts';
export {
  type Answer,
  type AskOptions,
  type DecideOptions,
  type Decisions,
  type Elicitation,
  type Outcome,
  type Policy,
  PolicyError,
  type Rung,
  type Teacher,
} from './policies/policy.ts';
export type { OnFailure, StepOptions, SwapEntry } from './sim/decider.ts';
export type { DecisionTable } from './sim/decision-table.ts';
export { SimulationError } from './sim/error.ts';
export { type RunOptions, type RunSummary, run } from './sim/run.ts';
export { type AgentView, Simulation, type SimulationOptions, type TickRecord } from './sim/simulation.ts';
