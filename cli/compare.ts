import { peopling } from '../env/people.ts';
import type { Comparison, Side } from '../measure/compare/compare.ts';
import { grouped } from '../report/wording.ts';
import { limitOptions } from './limits.ts';
import { choice, integer, number, type Options, text, UsageError } from './options.ts';
import { amountOf } from './replicated.ts';
import { kindOfSide, scenarioOfSide } from './sides.ts';
import { defineVerb, type Work } from './verb.ts';
import { decimal, facts, table } from './wording.ts';

/** Statistics that are printed; all of them are in the JSON. */
const SHOWN = 8;

export default defineVerb({
  name: 'compare',
  summary: 'say whether two populations behave alike',
  description: [
    'A and B are two policies, two scenarios (a name or a file), two settings of parameters (fuel=1 or fuel=1,seats=0.2), or two tables of people (population=census.csv). Each is played several times on seeds of its own. All that the populations come to is compared: each action by day, by trait and by context, the places, reward and measures.',
    'Two answers: whether anything differs (energy distance between the runs of A and those of B, with labels exchanged by chance; false alarms are held to 5 % over all statistics together), and whether every mean is equivalent within --margin (two one-sided tests at 5 %). Neither may be certain: then more replications are needed. Writes results/metrics/compare.json, which the report shows.',
  ].join('\n'),
  world: 'reads',
  positionals: ['A', 'B'],
  options: {
    policy: text('Policy that decides in both, if A and B are scenarios or settings.', {
      shown: 'that of simulate',
      placeholder: 'POLICY',
    }),
    agents: integer('Number of agents.', { min: 1, default: 1000 }),
    replications: integer('Runs of each of the two.', { min: 4, default: 20 }),
    ticks: integer('Number of ticks, in place of --days.', { min: 1, shown: 'off' }),
    days: integer('Number of days.', { min: 1, shown: "the scenario's horizon" }),
    margin: number('Difference that counts as none: of a share; of an amount, as a share of its mean in A.', {
      min: 1e-9,
      default: 0.02,
    }),
    people: choice('Traits of the agents: drawn by their law, or exactly as their shares say.', peopling, {
      shown: 'drawn',
    }),
    resamples: integer('Exchanges of labels.', { min: 99, default: 1999 }),
    ...limitOptions,
  },
  stopped: 'nothing was written yet; what teachers have answered is remembered',
  examples: [
    ['understudy compare student:mlp tiny', 'whether a population under the student is that of its teacher'],
    ['understudy compare fuel=2 fuel=4 --policy oracle', 'two settings under one policy'],
    ['understudy compare ./town.ts ./other.ts --policy oracle --margin 0.05', 'two worlds'],
  ],
  async run({ values, positionals, scenario, reopen, signal, progress, log, report }) {
    const { workspace, agents, replications, margin, seed, resamples, people } = values;
    const [a, b] = positionals;
    const wrong = (message: string) => new UsageError(message, 'compare');
    if (a === undefined || b === undefined) throw wrong('compare needs two: policies, scenarios or settings, A and B');
    if (values.days !== undefined && values.ticks !== undefined)
      throw wrong('--days and --ticks both say how long: leave one out');
    if (values.policy !== undefined && [a, b].every((name) => kindOfSide(scenario, name) === undefined))
      throw wrong(`${a} and ${b} are policies: leave out --policy ${values.policy}`);
    const side = (name: string) => sideOf(name, { scenario, reopen }, values.policy);
    const sides = { a: await side(a), b: await side(b) };
    const { compare } = await import('../measure/compare/compare.ts');
    const { ticksPerDay = 1 } = sides.a.scenario as { ticksPerDay?: number };
    const ticks = values.ticks ?? (values.days === undefined ? undefined : values.days * ticksPerDay);
    const result = await compare({
      ...{ ...sides, workspace, agents, replications, margin, seed, resamples, signal, progress, log },
      ...(ticks !== undefined && { ticks }),
      ...(people && { people }),
      command: commandOf([a, b], values),
    });
    report(result, comparisonWords(result, a, b));
  },
});

async function sideOf(
  name: string,
  { scenario, reopen }: Pick<Work<Options>, 'scenario' | 'reopen'>,
  policy: string | undefined,
): Promise<Side> {
  const by = policy === undefined ? {} : { policy };
  const kind = kindOfSide(scenario, name);
  if (kind === undefined) return { scenario, policy: name };
  return { scenario: await scenarioOfSide(name, kind, { scenario, reopen, verb: 'compare' }), ...by };
}

/** The command that makes a comparison again. */
function commandOf(sides: readonly string[], values: Readonly<Record<string, unknown>>): string {
  const quoted = (value: string) => (/^[\w.,:/=+@%-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
  const flags = ['policy', 'agents', 'replications', 'ticks', 'days', 'margin', 'people', 'resamples', 'seed'];
  return [
    'understudy compare',
    ...sides.map(quoted),
    ...flags.flatMap((name) => (values[name] === undefined ? [] : [`--${name} ${quoted(String(values[name]))}`])),
  ].join(' ');
}

function comparisonWords(result: Comparison, a: string, b: string): string[] {
  const { statistics, p, differs, equivalent, margin, replications, agents, ticks, leftOut } = result;
  const within = statistics.filter((statistic) => statistic.equivalent).length;
  return [
    ...facts([
      ['runs', `${replications} of each, ${grouped(agents)} agents × ${grouped(ticks)} ticks`],
      [
        'anything differs',
        `${differs ? 'yes' : 'not that these runs could tell'} (p = ${decimal(p.energy)} by energy distance, ${decimal(p.ks)} by Kolmogorov–Smirnov, ${decimal(p.wasserstein)} by Wasserstein, over ${statistics.length} statistics)`,
      ],
      [
        'equivalent',
        `${equivalent ? 'yes, every statistic' : `${within} of ${statistics.length} statistics`} within ${margin} (shares) or ${Number((100 * margin).toPrecision(6))} % (amounts)`,
      ],
      ...(leftOut.length > 0 ? [['not compared', `${leftOut.length} that some run has nobody for`] as const] : []),
    ]),
    'Farthest apart:',
    ...table([
      ['', a, b, 'difference (90 %)', 'p'],
      ...statistics
        .slice(0, SHOWN)
        .map(({ name, meanA, meanB, interval, p: own }) => [
          `  ${name}`,
          amountOf(meanA),
          amountOf(meanB),
          `${amountOf(interval.lower)} to ${amountOf(interval.upper)}`,
          decimal(own.energy),
        ]),
    ]),
  ];
}
