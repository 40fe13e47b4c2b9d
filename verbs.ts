/**
 * Every verb of the command line as a function. Each loads what it needs when it is called, so that importing the package
 * stays cheap.
 */
import type { MergeOptions, MergeReport } from './cli/merge-shards.ts';
import type { DatasetOptions } from './distill/dataset/options.ts';
import type { ExportOptions, ExportReport } from './distill/export/export-student.ts';
import type { ImportOptions, ImportReport } from './distill/import/import-table.ts';
import type { PlanOptions, StudyPlan } from './distill/plan/plan.ts';
import type { TrainOptions, TrainReport } from './distill/training/train.ts';
import type { Vocabulary } from './env/scenario.ts';
import type { Audit, AuditOptions } from './measure/audit/audit.ts';
import type { CompareOptions, Comparison } from './measure/compare/compare.ts';
import type { DiffOptions, DiffReport } from './measure/diff/diff.ts';
import type { EvaluateOptions, EvaluationReport } from './measure/evaluation/evaluate.ts';
import type { StabilityOptions, StabilityReport } from './measure/stability/stability.ts';
import type { AskedLog, LogOptions } from './policies/labels/log.ts';
import type { PullReport } from './policies/models/pull/present.ts';
import type { PullOptions } from './policies/models/pull/source.ts';
import type { ShardedVerb } from './policies/shards/sharded.ts';
import type { QueueStatus } from './queue/status.ts';
import type { WorkerOptions, WorkerReport } from './queue/worker.ts';
import type { PackOptions, PackReport } from './report/pack/pack.ts';
import type { VerifyOptions, VerifyReport } from './report/pack/verify.ts';
import type { StudyOptions, StudyReport } from './report/study.ts';
import type { Visualization, VisualizeOptions } from './report/visualize.ts';
import type { Sharded, Sharding } from './scenarios/sharded.ts';
import type { CompileOptions, CompileReport } from './sim/compile.ts';
import type { ReplayOptions, ReplayReport } from './sim/replay.ts';
import type { ReplicateOptions, Replications } from './sim/replications.ts';
import type { SimulateOptions, SimulateSummary } from './sim/simulate.ts';
import type { SweepOptions, SweepReport } from './sim/sweep/sweep.ts';
import type { Following, FollowOptions } from './sim-ui/follow/follow.ts';
import type { ServeOptions, Serving } from './sim-ui/server/serve.ts';
import type { DatasetManifest } from './workspace/dataset.ts';

/** Does a verb's work whole, one shard of it, or with what shards brought. */
async function inShards<O extends Sharding & { readonly workspace?: string }, R>(
  verb: ShardedVerb,
  options: O,
  work: () => Promise<R>,
  world: () => Promise<Vocabulary> = async () =>
    (options as { readonly scenario?: Vocabulary }).scenario ??
    (await import('./scenarios/default-scenario.ts')).defaultScenario,
): Promise<Sharded<O, R>> {
  if (!options.shard && !options.shards) return (await work()) as Sharded<O, R>;
  const { sharded } = await import('./scenarios/sharded.ts');
  return sharded(verb, world, options, work);
}

/** Fetches a model, pinned by SHA-256, or checks the one that is there. */
export const pull = async (options: PullOptions): Promise<PullReport> =>
  (await import('./policies/models/pull/pull.ts')).pull(options);

/** Makes a study of a table of decisions: the verb `import`, whose name JavaScript has for itself. */
export const importTable = async (options: ImportOptions): Promise<ImportReport> =>
  (await import('./distill/import/import-table.ts')).importTable(options);

/** Says what a study would ask, cost and come to, before anything is asked. */
export const plan = async (options: PlanOptions): Promise<StudyPlan> =>
  (await import('./distill/plan/plan.ts')).plan(options);

/** Asks a teacher the same questions again, and says how steady its answers are. */
export const stability = async <O extends StabilityOptions & Sharding>(
  options: O,
): Promise<Sharded<O, StabilityReport>> =>
  inShards('stability', options, async () => (await import('./measure/stability/stability.ts')).stability(options));

/** Samples states, asks a teacher about them, and writes train, test and rejects; or does one shard of that. */
export const dataset = async <O extends DatasetOptions & Sharding>(options: O): Promise<Sharded<O, DatasetManifest>> =>
  inShards('dataset', options, async () => (await import('./distill/dataset/dataset.ts')).dataset(options));

/** Fits students to rows of a teacher's decisions. */
export const train = async (options: TrainOptions): Promise<TrainReport> =>
  (await import('./distill/training/train.ts')).train(options);

/** Holds students and other policies against held-out decisions. */
export const evaluate = async (options: EvaluateOptions): Promise<EvaluationReport> =>
  (await import('./measure/evaluation/evaluate.ts')).evaluate(options);

/** Draws figures and writes the report. */
export const visualize = async (options: VisualizeOptions): Promise<Visualization> =>
  (await import('./report/visualize.ts')).visualize(options);

/** A whole study: stability, dataset, train, evaluate, visualize. */
export const study = async (options: StudyOptions): Promise<StudyReport> =>
  (await import('./report/study.ts')).study(options);

/** Runs a population under policies that are opened by their names. */
export const simulate = async (options: SimulateOptions): Promise<SimulateSummary> =>
  (await import('./sim/simulate.ts')).simulate(options);

/** Plays a run on several seeds: means with intervals. */
export const replicate = async <O extends ReplicateOptions & Sharding>(options: O): Promise<Sharded<O, Replications>> =>
  inShards('simulate', options, async () => (await import('./sim/replications.ts')).replicate(options));

/** Plays a scenario at many settings, under several policies and on several seeds: one table with a row a run. */
export const sweep = async <O extends SweepOptions & Sharding>(options: O): Promise<Sharded<O, SweepReport>> =>
  inShards(
    'sweep',
    options,
    async () => (await import('./sim/sweep/sweep.ts')).sweep(options),
    async () =>
      (await import('./scenarios/open.ts')).openScenario(options.scenario, { parameters: options.parameters ?? {} }),
  );

/** Says whether the populations of two policies, scenarios or settings behave alike. */
export const compare = async (options: CompareOptions): Promise<Comparison> =>
  (await import('./measure/compare/compare.ts')).compare(options);

/** Says whether a claim survives other wordings, ways of asking, teachers and students. */
export const audit = async <O extends AuditOptions & Sharding>(options: O): Promise<Sharded<O, Audit>> =>
  inShards('audit', options, async () => (await import('./measure/audit/audit.ts')).audit(options));

/** Joins the shards of command lines, and writes the results of a single run. */
export const merge = async (options: MergeOptions): Promise<MergeReport> =>
  (await import('./cli/merge-shards.ts')).merge(options);

/** Makes a recorded run again, and says whether it is the same to the byte. */
export const replay = async (options: ReplayOptions): Promise<ReplayReport> =>
  (await import('./sim/replay.ts')).replay(options);

/** Serves the viewer, in which a population runs under a policy that can be swapped. */
export const serve = async (options: ServeOptions): Promise<Serving> =>
  (await import('./sim-ui/server/serve.ts')).serve(options);

/** Serves further viewers of a run that another process plays and shares: `serve --follow`. */
export const follow = async (options: FollowOptions): Promise<Following> =>
  (await import('./sim-ui/follow/follow.ts')).follow(options);

/** Writes the tables of a scenario as JSON, for programs in other languages. */
export const compile = async (options: CompileOptions): Promise<CompileReport> =>
  (await import('./sim/compile.ts')).compile(options);

/** Writes a student as one file that gives P(a | phrases) in another language, or as a table: the verb `export`. */
export const exportStudent = async (options: ExportOptions): Promise<ExportReport> =>
  (await import('./distill/export/export-student.ts')).exportStudent(options);

/** Writes a study as one file that can be handed on: the verb `pack`. */
export const packStudy = async (options: PackOptions): Promise<PackReport> =>
  (await import('./report/pack/pack.ts')).packStudy(options);

/** Computes the numbers of a packed study again, without its model: the verb `verify`. */
export const verifyStudy = async (options: VerifyOptions): Promise<VerifyReport> =>
  (await import('./report/pack/verify.ts')).verifyStudy(options);

/** Every question that a language model was asked in a workspace, and its reply: the verb `log`. */
export const readLog = async (options: LogOptions): Promise<AskedLog> =>
  (await import('./policies/labels/log.ts')).readLog(options);

/** What two models decide differently, and what that makes of a population: the verb `diff`. */
export const diffModels = async (options: DiffOptions): Promise<DiffReport> =>
  (await import('./measure/diff/diff.ts')).diffModels(options);

/** Works on the jobs of a queue until it is stopped: commands with `--queue`, given anywhere. */
export const worker = async (options: Omit<WorkerOptions, 'script' | 'scenario'>): Promise<WorkerReport> => {
  const [{ work }, { defaultScenario }] = await Promise.all([
    import('./queue/worker.ts'),
    import('./scenarios/default-scenario.ts'),
  ]);
  return work({ ...options, scenario: defaultScenario, script: new URL('./cli/job-child', import.meta.url) });
};

/** The workers of a queue and its jobs, with reasons of failures: the verb `worker --status`. */
export const queueStatus = async (queue: string): Promise<QueueStatus> =>
  (await import('./queue/status.ts')).queueStatus(queue);
