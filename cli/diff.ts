import type { DiffReport } from '../measure/diff/diff.ts';
import { grouped } from '../report/wording.ts';
import { integer, UsageError } from './options.ts';
import { amountOf } from './replicated.ts';
import { defineVerb } from './verb.ts';
import { decimal, table } from './wording.ts';

/** States and phrases that are printed. */
const SHOWN = 8;

export default defineVerb({
  name: 'diff',
  summary: 'what two models decide differently, and what that makes of a population',
  description: [
    'Asks two policies about the same states: in which of them their decisions lie farthest apart (total variation), how far the mean probability of each action moves over all states and over those in which a phrase holds, and what a population under each comes to, on the same random numbers. Intervals are 95 %; an asterisk marks what is off 0 at .05 for all of a table’s lines together.',
    'A and B are policies as for simulate: students, teachers, recorded:FILE for a file of decisions or a label store; of those, the states in both are compared. Populations are simulated by themselves if neither asks a language model.',
  ].join('\n'),
  world: 'reads',
  positionals: ['A', 'B'],
  options: {
    states: integer('States that both are asked about.', { min: 2, shown: '1000, or all if there are fewer' }),
    replications: integer('Runs of each, with the seeds from --seed on; 0 for none.', {
      min: 0,
      shown: '10; 0 where a language model would be asked',
    }),
    agents: integer('Number of agents in each run.', { min: 1, default: 1000 }),
    ticks: integer('Number of ticks of each run.', { min: 1, shown: "the scenario's horizon" }),
  },
  stopped: 'nothing was written; what teachers have answered is remembered',
  examples: [
    ['understudy diff student:mlp student:rules', 'what a student that can be read gives up'],
    ['understudy diff recorded:gemma-3.jsonl recorded:gemma-4.jsonl', 'two models, by their labels'],
    ['understudy diff tiny student:mlp --replications 10', 'a teacher and its student, with populations'],
  ],
  async run({ values, positionals, scenario, signal, progress, log, report }) {
    const { states, replications, agents, ticks, workspace, seed } = values;
    const [a, b] = positionals;
    if (a === undefined || b === undefined)
      throw new UsageError('diff needs two policies: understudy diff student:mlp student:rules', 'diff');
    const { diffModels } = await import('../measure/diff/diff.ts');
    const options = { scenario, a, b, states, replications, agents, ticks, workspace, seed, signal, progress, log };
    const result = await diffModels(options);
    report(result, diffWords(result));
  },
});

const span = ({ lower, upper }: { readonly lower: number; readonly upper: number }, digits: number) =>
  `[${decimal(lower, digits)}, ${decimal(upper, digits)}]`;

function diffWords({ a, b, answered, distance, moved, groups, population, withoutPopulation }: DiffReport): string[] {
  return [
    `a: ${a}`,
    `b: ${b}`,
    `Mean total variation over ${grouped(answered)} states: ${decimal(distance.mean)} ${span(distance.interval, 4)}`,
    '',
    'Farthest apart:',
    ...moved.slice(0, SHOWN).map((state) => {
      const row = (p: readonly number[]) => p.slice(1).map((one) => decimal(one, 3)).join(' '); // biome-ignore format: one line
      return `  ${decimal(state.distance, 3)}  ${row(state.a)} → ${row(state.b)}  ${[...state.traits, ...state.context].join(', ') || '(nothing)'}`;
    }),
    '',
    ...table([
      ['mean P, where', 'action', 'states', 'a', 'b', 'b − a', '95 %'],
      ...groups
        .slice(0, SHOWN + 1)
        .map((one) => [
          one.phrase ?? 'all states',
          one.action,
          grouped(one.states),
          decimal(one.a),
          decimal(one.b),
          `${decimal(one.difference)}${one.moved ? '*' : ' '}`,
          span(one.interval, 4),
        ]),
    ]),
    '',
    ...(population
      ? [
          `Populations of ${grouped(population.agents)} over ${population.ticks} ticks, ${population.replications} runs each on the same random numbers:`,
          ...table([
            ['', 'a', 'b', 'b − a', '95 %'],
            ...population.outcomes.map((one) => [
              one.outcome,
              amountOf(one.a),
              amountOf(one.b),
              `${amountOf(one.difference)}${one.moved ? '*' : ' '}`,
              `[${amountOf(one.interval.lower)}, ${amountOf(one.interval.upper)}]`,
            ]),
          ]),
        ]
      : [`No populations: ${withoutPopulation}.`]),
  ];
}
