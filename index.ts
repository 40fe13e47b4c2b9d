/** Understudy: ask a language model how people decide, distil it, check the student, run populations with either. */

export type { MergedCommand, MergeOptions, MergeReport } from './cli/merge-shards.ts';
export type { ExportOptions, ExportReport } from './distill/export/export-student.ts';
export type { ImportOptions, ImportReport } from './distill/import/import-table.ts';
export type { PlanOptions, StudyPlan } from './distill/plan/plan.ts';
export { AdamW, type AdamWSettings, type AdamWState } from './distill/training/adamw.ts';
export { type Chance, type Distribution, type Level, type Mixed, mix, range } from './env/chance.ts';
export { describeScenario } from './env/conformance.ts';
export { CrowdCount, type CrowdState, crowdAfter, firstCrowd } from './env/crowd.ts';
export type {
  CrowdDeclaration,
  ScenarioDeclaration,
  TraitsDeclaration,
  VocabularyDeclaration,
} from './env/declaration.ts';
export { defineScenario } from './env/define-scenario.ts';
export { type ErrorCode, errorCodes, UnderstudyError } from './env/error.ts';
export { type Decides, type ExactOptions, type ExactValue, exactValue, occupancy } from './env/exact.ts';
export { type ExactPath, type ExactPathOptions, exactPath } from './env/exact-path.ts';
export { type MeanField, type MeanFieldOptions, meanField } from './env/mean-field.ts';
export { namedNetwork } from './env/network/named.ts';
export type { Network } from './env/network/network.ts';
export {
  fromPhrases,
  type Observations,
  observations,
  type Phrases,
  phrasesOf,
} from './env/observation.ts';
export {
  type OutcomeGradient,
  type PathGradient,
  type PathGradientOptions,
  pathGradient,
} from './env/path-gradient.ts';
export { PhraseSets, phraseSets } from './env/phrase-sets.ts';
export { type PopulationMoments, populationMoments } from './env/population-moments.ts';
export { promptOf } from './env/prompt.ts';
export type { PromptLayout } from './env/prompt-layout.ts';
export type { Moments } from './env/propagation.ts';
export { philox4x32 } from './env/random.ts';
export { type Reachability, reachability } from './env/reachability.ts';
export type {
  CrowdFactor,
  CrowdUnit,
  Factor,
  NeighbourCount,
  Parameter,
  PhraseGroup,
  PromptForm,
  Rule,
  RuleProbabilities,
  Scenario,
  Shown,
  TraitBlock,
  Vocabulary,
} from './env/scenario.ts';
export type {
  ActionStaging,
  Air,
  Drawing,
  MeasureStaging,
  Paint,
  PlaceStaging,
  Staging,
  StagingDeclaration,
} from './env/staging.ts';
export type { Table, Variable } from './env/table.ts';
export type { TestRunner } from './env/test-runner.ts';
export type { PopulationRow } from './env/trait-law.ts';
export { defineVocabulary } from './env/vocabulary.ts';
export type { Audit, AuditOptions } from './measure/audit/audit.ts';
export type { AuditSide } from './measure/audit/claim.ts';
export { type Certificate, type CertifiedOutcome, type CertifyOptions, certify } from './measure/certificate.ts';
export { type CertifyRunOptions, certifyRun } from './measure/certified-run.ts';
export type { CompareOptions, Comparison } from './measure/compare/compare.ts';
export {
  type DecisionExplanation,
  type EffectsReport,
  type ExplainEffectsOptions,
  type ExplainOptions,
  explainDecision,
  explainEffects,
} from './measure/explain/explain.ts';
export { type Explanation, explain } from './measure/explain/explanation.ts';
export { AskedOnce } from './policies/asked-once.ts';
export { type CascadeOptions, cascade } from './policies/cascade/cascade.ts';
export type { DescribePolicyOptions } from './policies/conformance.ts';
export { type DecisionTable, decisionTable } from './policies/decision-table.ts';
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
export { policyOf } from './policies/policy-of.ts';
export type { ShardReport } from './policies/shards/shard-work.ts';
export { type Limits, withLimits } from './policies/spending/budget.ts';
export type { QueueStatus, RunStatus } from './queue/status.ts';
export type { JobEnd, WorkerOptions, WorkerReport } from './queue/worker.ts';
export type { WorkerCard } from './queue/workers.ts';
export { checkScenario, type ScenarioFinding, type ScenarioReport } from './scenarios/check.ts';
export { iceCream } from './scenarios/ice-cream-v1/scenario.ts';
export { oddOf } from './scenarios/odd.ts';
export { describePolicy, openPolicy, openScenario, openTeacher } from './scenarios/open.ts';
export type { Sharded, Sharding } from './scenarios/sharded.ts';
export type { AgentView } from './sim/agent-view.ts';
export type { CanarySummary, Divergence } from './sim/canaries.ts';
export { type CheckOptions, checkEnvironment } from './sim/check-environment.ts';
export type { CompileOptions, CompileReport } from './sim/compile.ts';
export type { OnFailure, StepOptions, SwapEntry } from './sim/engine/decider.ts';
export type { Selection } from './sim/engine/selection.ts';
export { type AgentInfo, Environment, type EnvironmentOptions, type ResetOptions } from './sim/environment.ts';
export type { NetworkChoice, NetworkFacts } from './sim/network.ts';
export type { Others } from './sim/others.ts';
export { Recorder } from './sim/record.ts';
export type { ReplicateOptions, Replications } from './sim/replications.ts';
export { type RunOptions, type RunSummary, run } from './sim/run.ts';
export type { ShadowOptions, ShadowSummary } from './sim/shadow.ts';
export { Simulation, type SimulationOptions } from './sim/simulation.ts';
export type {
  DiscreteSpace,
  EnvironmentInfo,
  MultiBinarySpace,
  ResetResult,
  Space,
  Steppable,
  StepResult,
} from './sim/spaces.ts';
export type { Design, Settings } from './sim/sweep/design.ts';
export type { SweepOptions, SweepReport } from './sim/sweep/sweep.ts';
export type { ShadowTick, TickRecord } from './sim/tick-record.ts';
export type { TwinDistance, TwinSplit } from './sim/twin.ts';
export type { Following, FollowOptions } from './sim-ui/follow/follow.ts';
export { expectedCalibrationError } from './stats/calibration.ts';
export { pearson, spearman } from './stats/correlation.ts';
export {
  jsDivergence,
  type KsTest,
  klDivergence,
  ksTest,
  totalVariation,
  wasserstein1,
} from './stats/distributions.ts';
export { mae, mse, rSquared } from './stats/errors.ts';
export { type Icc, type IccForm, type IccUndefined, icc } from './stats/icc.ts';
export { mard, meanCosineSimilarity } from './stats/repetitions.ts';
export { shapleyInteractions, shapleyValues } from './stats/shapley.ts';
export {
  audit,
  compare,
  compile,
  dataset,
  diffModels,
  evaluate,
  exportStudent,
  follow,
  importTable,
  merge,
  packStudy,
  plan,
  pull,
  queueStatus,
  readLog,
  replay,
  replicate,
  serve,
  simulate,
  stability,
  study,
  sweep,
  train,
  verifyStudy,
  visualize,
  worker,
} from './verbs.ts';
