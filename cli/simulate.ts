import { UnderstudyError } from '../env/error.ts';
import { peopling } from '../env/people.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { Certificate } from '../measure/certificate.ts';
import { grouped } from '../report/wording.ts';
import type { Divergence } from '../sim/canaries.ts';
import { wordsOf } from '../sim/engine/selection.ts';
import type { ExpectedTotal } from '../sim/expected.ts';
import { recordFormats } from '../sim/record-tables.ts';
import type { ShadowSummary } from '../sim/shadow.ts';
import type { SimulateSummary } from '../sim/simulate.ts';
import type { RatioEstimate } from '../stats/random-groups.ts';
import { limitOptions } from './limits.ts';
import { withPopulation } from './named-scenario.ts';
import { choice, custom, flag, integer, list, number, text, UsageError } from './options.ts';
import { reportReplications } from './replicated.ts';
import { shardOptions } from './shard.ts';
import { readSwap, withSuffix } from './swap.ts';
import { defineVerb } from './verb.ts';
import { decimal, facts } from './wording.ts';

export default defineVerb({
  name: 'simulate',
  summary: 'run a population under a policy, without the viewer',
  description: [
    'Runs agents through their days and prints the totals. The same scenario, policies, seed and number of agents give the same stateHash on any machine. A policy is asked about each distinct observation once, so the cost of a teacher depends on the number of distinct observations, not of agents; its answers are kept in data/labels.jsonl.',
    'Policies: student:NAME, a path to .onnx, constant:P, uniform, policy:NAME of the scenario, or a teacher (tiny, gemma-3-4b, gguf:PATH, server:URL#MODEL, recorded:FILE, oracle).',
  ].join('\n'),
  world: 'reads',
  options: {
    policy: text('Policy that decides.', {
      shown: 'student:mlp, or who is there: another student, otherwise the teacher',
      placeholder: 'POLICY',
    }),
    agents: integer('Number of agents.', { min: 1, shown: '10000' }),
    ticks: integer('Number of ticks, in place of --days.', { min: 1, shown: 'off' }),
    days: integer('Number of days.', { min: 1, shown: "the scenario's horizon" }),
    swap: list(
      custom(
        'Policy that takes over at a tick, counted from 0, for instance 100:tiny; or a canary, for a part of the agents from there on: 100@10%:tiny for a tenth of them, 100@10-20%:tiny for the next tenth, 100@phrase,phrase:tiny for those who carry these traits. The same may stand at the end: 100:tiny@10%.',
        'TICK[@WHO]:POLICY',
        readSwap,
        'a tick and a policy, like 100:tiny, 100@10%:tiny or 100@phrase,phrase:tiny',
      ),
    ),
    rollback: number(
      'With canaries: they go back once the mean total variation between their decisions and those of the policy that decides otherwise, in their own states, is above this (0 to 1; by a confidence sequence, so it holds at every tick).',
      { min: 0, max: 1, shown: 'off' },
    ),
    twin: text('Second policy that replays the run with the same random numbers; differing decisions are counted.', {
      placeholder: 'POLICY',
    }),
    people: choice(
      'Traits of the agents: drawn by their law, or exactly as many of each kind as its shares say (with as many agents as a population table has people: its rows).',
      peopling,
      { shown: 'drawn' },
    ),
    population: text(
      'Table of people (CSV, JSON, JSONL, Parquet) in place of the scenario’s own: a column for each group or trait, and weight.',
      { shown: "the scenario's", placeholder: 'FILE' },
    ),
    network: text(
      'Neighbours, in a scenario with crowd factors by neighbours: ring:K, small-world:K,P, scale-free:M, or a CSV file of edges (from,to; nodes counted from 0).',
      { shown: "the scenario's", placeholder: 'NETWORK' },
    ),
    cohorts: flag(
      'Counts of identical agents instead of single agents: the same law, at a cost that does not grow with their number. By default, large populations are counted unless --twin or --record asks for single agents.',
    ),
    replications: integer(
      'Number of runs, with the seeds from --seed on; totals are printed as means with intervals.',
      {
        min: 1,
        shown: 'one run',
      },
    ),
    expected: flag(
      'Says what theory expects of each total in the same world: mean and standard deviation, and how far off the run is. Where people act on each other: the mean-field path, which has no deviation.',
    ),
    'no-cohorts': flag('Single agents, also where it would cost less to count them.'),
    record: text(
      'Folder for ticks, actions, agents (as CSV or Parquet) and run.json; an earlier run in it is replaced when this one is complete.',
      { placeholder: 'DIR' },
    ),
    'record-format': choice(
      'With --record: CSV, or Parquet with typed columns, which is smaller and written faster.',
      recordFormats,
      {
        shown: 'csv',
      },
    ),
    panel: integer('With --record: ticks between two rows of each agent in the panel.', { min: 1, shown: 'no panel' }),
    town: text(
      'Page that shows the run tick by tick in a browser, without a server: move through it, play it back, click an agent.',
      { placeholder: 'FILE.html' },
    ),
    certify: text(
      'Teacher that might have decided: asked at most --questions questions, it tells how far the totals are from its own, with an interval.',
      { placeholder: 'TEACHER' },
    ),
    questions: integer('With --certify: questions to the teacher, at most.', { min: 20, shown: '1000' }),
    shadow: text(
      'Teacher that is asked about decisions drawn at random in every tick; the divergence (mean total variation) is told with an interval that holds at every tick, and an alarm when it drifts above --shadow-bound.',
      { placeholder: 'TEACHER' },
    ),
    'shadow-share': custom(
      'With --shadow: share of the decisions of a tick that are drawn, such as 1% (the default).',
      'P%',
      readShare,
      'a share above 0, at most 100%, such as 1%',
    ),
    'shadow-bound': number('With --shadow: mean total variation above which the alarm is raised.', {
      min: 0,
      max: 1,
      shown: '0.1',
    }),
    checkpoint: text('File that the run is kept in, to be resumed whatever ends it.', { placeholder: 'FILE' }),
    'checkpoint-every': integer('Ticks between two checkpoints.', { min: 1, shown: '100' }),
    resume: text(
      'Checkpoint to go on from: the run goes on as if it had never stopped, in the same files. With --policy it forks: that policy takes over, and --checkpoint and --record name files of its own.',
      { placeholder: 'FILE' },
    ),
    'on-failure': text(
      'Reaction to an observation without an answer: stop the run, skip the agent’s tick, or decide by the policy named here.',
      { shown: 'stop', placeholder: 'stop|skip|POLICY' },
    ),
    ...shardOptions,
    ...limitOptions,
  },
  stopped:
    'with --checkpoint FILE, --resume FILE goes on; otherwise the same command begins the run again; what teachers have answered is remembered',
  examples: [
    ['understudy simulate', '10,000 agents for 14 days under the bundled student'],
    ['understudy simulate --agents 100000 --seed 7 --json', 'a larger run, for a script'],
    ['understudy simulate --policy student:mlp --swap 100:tiny', 'from tick 100 on the bundled teacher decides'],
    [
      'understudy simulate --policy student:mlp --swap 50@10%:tiny --rollback 0.05',
      'from tick 50 on the teacher decides for a tenth of the agents, unless it decides too differently',
    ],
    [
      'understudy simulate --policy student:mlp --shadow tiny --shadow-share 1%',
      'the teacher is asked about one decision in a hundred, and the distance is told with an interval',
    ],
    ['understudy simulate --agents 2000 --town town.html', 'one file to look at the run in, and to send to others'],
    ['understudy simulate --checkpoint run.checkpoint --record run', 'a run that nothing can end for good'],
    ['understudy simulate --resume run.checkpoint', 'the same run goes on from where it was kept'],
    [
      'understudy simulate --resume run.checkpoint --policy tiny --record fork',
      'the teacher takes over from there on, in a recording of its own',
    ],
    ['understudy simulate --agents 1000 --replications 100', 'means over 100 seeds, with 95 % intervals'],
    [
      'understudy simulate --agents 10000000 --certify tiny --questions 1000',
      'how far a large run is from the one that the teacher would have brought about',
    ],
    [
      'understudy simulate --policy student:mlp --twin tiny --agents 1000',
      'distance of the student from its teacher in the town',
    ],
  ],
  async run({ values, given, scenario: vocabulary, signal, progress, log, report }) {
    const scenario = requireDynamics(await withPopulation(vocabulary, values), 'a simulation');
    const { cohorts, days, workspace, policy, expected, agents, people, network, record, panel, checkpoint, resume } =
      values;
    const wrong = (message: string) => new UsageError(message, 'simulate');
    if (days !== undefined && values.ticks !== undefined)
      throw wrong('--days and --ticks both say how long: leave one out');
    const ticks = values.ticks ?? (days === undefined ? undefined : days * scenario.ticksPerDay);
    if (cohorts && values.twin !== undefined && values.replications === undefined)
      throw wrong(
        '--twin compares single agents, and --cohorts has none: leave one of the two out, or compare their totals over --replications R',
      );
    if (cohorts && values['no-cohorts']) throw wrong('--cohorts and --no-cohorts contradict each other: leave one out');
    if (panel !== undefined && cohorts)
      throw wrong('--panel follows single agents, and --cohorts has none: leave one of the two out');
    if (panel !== undefined && record === undefined && resume === undefined)
      throw wrong('--panel is part of a recording: add --record DIR');
    if (values['record-format'] !== undefined && record === undefined && resume === undefined)
      throw wrong('--record-format is part of a recording: add --record DIR');
    if (values['checkpoint-every'] !== undefined && checkpoint === undefined && resume === undefined)
      throw wrong('--checkpoint-every needs a file to write: add --checkpoint FILE');
    const { replications } = values;
    if (replications !== undefined) {
      const kept = (['record', 'checkpoint', 'resume', 'expected', 'town'] as const).find((name) => values[name]);
      if (kept) throw wrong(`--${kept} is about one run, and --replications about several: leave one of the two out`);
    }
    const swaps = values.swap.map((swap) => withSuffix(swap, scenario));
    const canaries = swaps.filter(({ only }) => only);
    const { rollback } = values;
    if (rollback !== undefined && canaries.length === 0 && resume === undefined)
      throw wrong('--rollback is about canaries: add a swap for a part of the agents, such as --swap 100@10%:tiny');
    if (cohorts && canaries.some(({ only }) => 'share' in only!))
      throw wrong('a share is of single agents, and --cohorts has none: name traits, or leave --cohorts out');
    const shadow = shadowOf(values, wrong);
    const { town } = values;
    if (town !== undefined && canaries.length > 0)
      throw wrong('--town shows a run in which everybody has the same policy: leave out the canaries');
    if (town !== undefined && (cohorts || resume !== undefined || (people !== undefined && people !== 'drawn')))
      throw wrong(
        '--town shows a whole run of single agents that are drawn: leave out --cohorts, --resume and --people',
      );
    if (town !== undefined && values['on-failure'] !== undefined && values['on-failure'] !== 'skip')
      throw wrong('--town shows a run in which agents without an answer skip the tick: use --on-failure skip');
    if (town !== undefined && !/\.html?$/i.test(town))
      throw wrong(`--town writes a page: name a file that ends in .html, got ${town}`);
    const { certify, questions } = values;
    if (questions !== undefined && certify === undefined)
      throw wrong('--questions is a limit for --certify: add --certify TEACHER');
    if (certify !== undefined && (values.swap.length > 0 || (people !== undefined && people !== 'drawn')))
      throw wrong('--certify is about one policy and people who are drawn: leave out --swap and --people');
    if (certify !== undefined && scenario.crowd.length > 0)
      throw wrong(
        `--certify follows one agent on its own, and in ${scenario.id} people act on each other: use --twin, which plays the run under the teacher too`,
      );
    const length = ticks ?? scenario.horizon;
    for (const { tick } of values.swap)
      if (tick >= length && resume === undefined)
        throw wrong(`--swap at tick ${tick}: the run has ticks 0 to ${length - 1}`);
    if (replications !== undefined)
      return reportReplications(
        {
          ...{ ...values, scenario, ticks, replications, swaps, rollback, shadow },
          cohorts: cohorts ? true : values['no-cohorts'] ? false : undefined,
        },
        { signal, progress, log, report },
      );
    const { simulate } = await import('../sim/simulate.ts');
    const { twin } = values;
    const result = await simulate({
      ...{
        scenario,
        workspace,
        policy,
        agents,
        people,
        network,
        ticks,
        swaps,
        twin,
        record,
        expected,
        panel,
        checkpoint,
        resume,
        rollback,
        shadow,
      },
      ...{ signal, progress, log },
      // Without a word about them, a resumed run has its own, and a new one what fits it.
      seed: given.has('seed') ? values.seed : undefined,
      cohorts: cohorts ? true : values['no-cohorts'] || town !== undefined ? false : undefined,
      recordFormat: values['record-format'],
      checkpointEvery: values['checkpoint-every'],
      onFailure: values['on-failure'],
    });
    const page = town === undefined ? undefined : await save(town);
    const certificate =
      certify === undefined
        ? undefined
        : await (await import('../measure/certified-run.ts')).certifyRun({
            ...{ scenario, workspace, policy, teacher: certify, summary: result, signal, log },
            questions: questions ?? 1000,
          });
    report(
      { ...result, ...(certificate && { certificate }), ...(page && { town: page.file, townBytes: page.bytes }) },
      [
        ...simulatedWords(result, twin),
        ...expectedWords(result),
        ...(certificate ? certificateWords(certificate) : []),
        ...(record === undefined ? [] : [`Recorded in ${record}.`]),
        ...(page ? [`Saved in ${page.file}, ${(page.bytes / 1e6).toFixed(1)} MB: open it in a browser.`] : []),
      ],
    );

    /** Plays the run once more as the viewer does; what was answered is known by now. */
    async function save(file: string) {
      const [{ saveTown }, { defaultPolicy }] = await Promise.all([
        import('../sim-ui/server/save-town.ts'),
        import('../policies/open.ts'),
      ]);
      const saved = await saveTown({
        ...{ scenario, workspace, swaps, ticks: length, file, signal, log, agents: result.agents, seed: result.seed },
        policy: policy ?? (await defaultPolicy(scenario, workspace)),
      });
      if (saved.stateHash !== result.stateHash)
        throw new UnderstudyError(
          'SIMULATION_RECORD',
          `the page shows another run (state hash ${saved.stateHash.slice(0, 12)}…, expected ${result.stateHash.slice(0, 12)}…)`,
        );
      return saved;
    }
  },
});

type Shadowed = { readonly shadow?: string; readonly 'shadow-share'?: number; readonly 'shadow-bound'?: number };

function shadowOf(
  {
    shadow: teacher,
    'shadow-share': share,
    'shadow-bound': bound,
  }: { readonly [K in keyof Shadowed]: Shadowed[K] | undefined },
  wrong: (message: string) => Error,
) {
  if (teacher !== undefined) return { teacher, share: share ?? 0.01, bound: bound ?? 0.1 };
  if (share !== undefined || bound !== undefined)
    throw wrong(`--shadow-${share === undefined ? 'bound' : 'share'} is about a shadow audit: add --shadow TEACHER`);
  return undefined;
}

/** `1%`, or .01. */
function readShare(text: string): number | undefined {
  const [, amount, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text) ?? [];
  const share = Number(amount) / (percent ? 100 : 1);
  return share > 0 && share <= 1 ? share : undefined;
}

/** How far each total is from the teacher's. */
function certificateWords({
  teacher,
  level,
  questions,
  failed,
  observations,
  covered,
  outcomes,
}: Certificate): string[] {
  const asked = `${grouped(questions)} of ${grouped(observations)} observations, which ${decimal(100 * covered, 0)} % of agents' ticks met`;
  return [
    `Beside the run that ${teacher} would have brought about (it was asked about ${asked}${failed > 0 ? `, and gave no answer to ${failed}: there it would take the default action` : ''}):`,
    ...facts(
      Object.entries(outcomes).map(([name, { teacher: other, difference, lower, upper }]) => [
        name,
        `${whole(other)} under the teacher; this run minus that ${whole(difference)}, ${100 * level} % interval ${whole(lower)} to ${whole(upper)}`,
      ]),
    ),
  ];
}

/** A total, whole where it is. */
const total = (value: number): string => (Number.isInteger(value) ? grouped(value) : grouped(Number(value.toFixed(2))));

const meanOf = (p: number): string => (Number.isNaN(p) ? 'unknown' : decimal(p));

/** Each total beside what theory expects of it. */
function expectedWords({ expected, actions, measures, reward }: SimulateSummary): string[] {
  if (!expected) return [];
  const totals: Readonly<Record<string, number>> = { ...actions, ...measures, reward };
  const title = {
    exact: 'What theory expects in this world (mean ± standard deviation; how many deviations off the run is):',
    'mean field':
      'People act on each other here, so there is no exact expectation; the path that runs tend to as their population grows (mean field):',
  }[expected.kind];
  const word = (name: string, { mean, sd }: ExpectedTotal) => {
    const far = sd === undefined || sd === 0 ? '' : ` (${signed((totals[name]! - mean) / sd)})`;
    return [name, `${shown(mean)}${sd === undefined ? '' : ` ± ${shown(sd)}${far}`}`] as const;
  };
  const all = { ...expected.actions, ...expected.measures, reward: expected.reward };
  return [title, ...facts(Object.entries(all).map(([name, total]) => word(name, total)))];
}

const shown = (value: number): string => grouped(Number(value.toFixed(1)));
const whole = (value: number): string => grouped(Math.round(value)).replace('-', '−');
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

const boundsWords = (lower: number, upper: number) =>
  Number.isNaN(lower) ? 'no interval' : `95 % interval ${decimal(lower)} to ${decimal(upper)}`;
const shareWords = ({ mean, interval: { lower, upper } }: RatioEstimate): string =>
  Number.isNaN(mean)
    ? 'unknown'
    : `${(100 * mean).toFixed(2)} % (${Number.isNaN(lower) ? 'no interval' : `95 % interval ${(100 * lower).toFixed(2)} to ${(100 * upper).toFixed(2)} %`})`;
const estimateWords = ({ mean, interval: { lower, upper } }: RatioEstimate): string =>
  Number.isNaN(mean) ? 'unknown' : `${decimal(mean)} (${boundsWords(lower, upper)})`;
const divergenceWords = ({ n, mean, lower, upper }: Divergence): string =>
  n === 0
    ? 'no decision could be compared'
    : `mean total variation ${decimal(mean)} over ${grouped(n)} decisions (${boundsWords(lower, upper)}, at every tick at once)`;

function shadowWords({ teacher, decisions, questions, unanswered, divergence, bound, alarm }: ShadowSummary) {
  const open = unanswered > 0 ? `, ${grouped(unanswered)} without an answer` : '';
  return [
    [`distance from ${teacher}`, divergenceWords(divergence)] as const,
    ['audited', `${grouped(decisions)} decisions by ${grouped(questions)} questions${open}`] as const,
    ['alarm', alarm === null ? `none: no drift above ${bound}` : `raised at tick ${alarm}: above ${bound}`] as const,
  ];
}

function simulatedWords(result: SimulateSummary, twin = result.twin): string[] {
  return facts([
    ['agents', grouped(result.agents)],
    ['ticks', grouped(result.ticks)],
    ...(result.network ? [['network', `${result.network.id}, ${grouped(result.network.edges)} edges`] as const] : []),
    ...Object.entries(result.parameters).map(([name, value]) => [`parameter ${name}`, String(value)] as const),
    ...Object.entries(result.actions).map(
      ([action, count]) => [action, `${grouped(count)} (mean P ${meanOf(result.meanProbabilities[action]!)})`] as const,
    ),
    ...Object.entries(result.measures)
      .filter(([name]) => !(name in result.actions))
      .map(([name, sum]) => [name, total(sum)] as const),
    ['reward', total(result.reward)],
    ['engine', `${result.engine === 'cohorts' ? 'cohorts' : 'single agents'} (${result.engineReason})`],
    ['agent-steps per second', grouped(result.agentStepsPerSecond)],
    ...(result.failed > 0 ? [['agent-steps without an answer', grouped(result.failed)] as const] : []),
    ...result.swaps.map(
      ({ tick, to, only, agents, reason }) =>
        [
          `from tick ${tick}`,
          `${to}${only ? ` for ${wordsOf(only)}${agents === undefined ? '' : ` (${grouped(agents)} agents)`}` : ''}${reason ? `: ${reason}` : ''}`,
        ] as const,
    ),
    ...(result.canaries ?? []).flatMap(({ only, policy, divergence }) =>
      divergence ? [[`${policy} for ${wordsOf(only)}`, divergenceWords(divergence)] as const] : [],
    ),
    ...(result.shadow ? shadowWords(result.shadow) : []),
    ...(result.disagreement === undefined
      ? []
      : [
          [`decisions that differ from ${twin}`, shareWords(result.split!.disagreement!)] as const,
          ['… by agents in the same state', shareWords(result.split!.byDecision!)] as const,
          ['… by agents whose states differ', shareWords(result.split!.byDrift!)] as const,
          ['agents whose states differ', shareWords(result.split!.drift)] as const,
          ['mean total variation where states agree', estimateWords(result.split!.totalVariation)] as const,
          ...Object.entries(result.gap!).map(([name, gap]) => [`${name} beyond ${twin}`, total(gap)] as const),
        ]),
    ['state hash', result.stateHash],
  ]);
}
