/** Understudy: ask a language model how people decide, distil it, check the student, run populations with either. */

export { AdamW } from './distill/adamw.ts';
export { expectedCalibrationError } from './distill/stats/calibration.ts';
export { meanCosineSimilarity } from './distill/stats/cosine.ts';
export { icc } from './distill/stats/icc.ts';
export { jsDivergence } from './distill/stats/js-divergence.ts';
export { klDivergence } from './distill/stats/kl-divergence.ts';
export { ksTest } from './distill/stats/ks-test.ts';
export { mae } from './distill/stats/mae.ts';
export { mard } from './distill/stats/mard.ts';
export { mse } from './distill/stats/mse.ts';
export { pearson } from './distill/stats/pearson.ts';
export { rSquared } from './distill/stats/r-squared.ts';
export { spearman } from './distill/stats/spearman.ts';
export { wasserstein1 } from './distill/stats/wasserstein.ts';
export { mix, range } from './env/chance.ts';
export { describeScenario } from './env/conformance.ts';
export { exactValue, occupancy } from './env/exact.ts';
export { iceCream } from './env/ice-cream.ts';
export { fromPhrases, type Observations, observations, phrasesOf } from './env/observation.ts';
export { promptOf } from './env/prompt.ts';
export { philox4x32 } from './env/random.ts';
export { reachability } from './env/reachability.ts';
export { defineScenario, type Scenario } from './env/scenario.ts';
export { ScenarioError } from './env/table.ts';
export { describePolicy } from './policies/conformance.ts';
export { type OpenPolicyOptions, openPolicy, openTeacher } from './policies/open.ts';
export {
  type Answer,
  type AskOptions,
  type Decisions,
  type Elicitation,
  type Outcome,
  type Policy,
  PolicyError,
  type Teacher,
} from './policies/policy.ts';
export type { OnFailure } from './sim/decider.ts';
export { SimulationError } from './sim/error.ts';
export { type RunOptions, type RunSummary, run } from './sim/run.ts';
export { Simulation, type TickRecord } from './sim/simulation.ts';
