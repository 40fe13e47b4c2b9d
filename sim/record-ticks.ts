import type { Level } from '../env/chance.ts';
import { placeNames } from '../env/crowd-slots.ts';
import type { Scenario } from '../env/scenario.ts';
import type { GrowingColumn } from '../workspace/parquet/column-buffer.ts';
import { wordsOf } from './engine/selection.ts';
import type { TickRecord } from './tick-record.ts';

/** A column of the table of ticks. */
export interface TickColumn extends GrowingColumn {
  readonly cell: (tick: TickRecord) => Level | undefined;
}

/**
 * What a row for each tick tells: its world, who decided, what everybody did and what that came to. A factor or a measure
 * that has the name of another column says what it is.
 */
export function tickColumns(scenario: Scenario, watched: Watched = {}): readonly TickColumn[] {
  const { actions, world, crowd } = scenario;
  const measures = Object.keys(scenario.measures);
  const column = (name: string, type: GrowingColumn['type'], cell: TickColumn['cell']) => ({ name, type, cell });
  const before = [column('tick', 'rising', ({ tick }) => tick), column('day', 'rising', ({ day }) => day)];
  const middle = [
    column('policy', 'text', ({ policy }) => policy),
    ...actions.map((action, a) => column(`agents_${action}`, 'count', ({ counts }) => counts[a])),
    ...actions.map((action, a) =>
      column(`mean_p_${action}`, 'number', (tick) => (tick.decided > 0 ? tick.meanProbability[a] : undefined)),
    ),
    column('reward', 'number', ({ reward }) => reward),
  ];
  const after = [
    column('distinct_observations', 'count', ({ distinct }) => distinct),
    column('asked', 'count', ({ asked }) => asked),
    column('failed', 'count', ({ failed }) => failed),
  ];
  const fixed = new Set<string>([...before, ...middle, ...after].map(({ name }) => name));
  const worlds = world.map(({ name, levels }) =>
    column(fixed.has(name) || measures.includes(name) ? `world_${name}` : name, levels, (tick) => tick.world[name]),
  );
  const measured = measures.map((name) =>
    column(fixed.has(name) ? `measure_${name}` : name, 'number', (tick) => tick.measures[name]),
  );
  const taken = new Set([...fixed, ...world.map(({ name }) => name), ...measures]);
  const crowds = crowd.flatMap((factor) =>
    (placeNames(scenario, factor) ?? [undefined]).map((place) => {
      const name = place === undefined ? factor.name : `${factor.name}_${place}`;
      return column(taken.has(name) ? `crowd_${name}` : name, factor.levels, ({ crowd }) => {
        const level = crowd![factor.name]!;
        return typeof level === 'object' ? level[place!] : level;
      });
    }),
  );
  const others = watchedColumns(watched).map((one) => ({
    ...one,
    name: taken.has(one.name) ? `run_${one.name}` : one.name,
  }));
  return [...before, ...worlds, ...crowds, ...middle, ...measured, ...after, ...others];
}

/** What is known of a tick besides, if somebody looks. */
export interface Watched {
  readonly canaries?: boolean;
  readonly twin?: boolean;
  readonly shadow?: boolean;
}

/** What a plan has its run watched for. */
export const watchedIn = ({
  swaps,
  twin,
  shadow,
}: {
  readonly swaps: readonly { readonly only?: unknown }[];
  readonly twin?: unknown;
  readonly shadow?: unknown;
}): Watched => ({
  canaries: swaps.some(({ only }) => only !== undefined),
  twin: twin !== undefined,
  shadow: shadow !== undefined,
});

function watchedColumns({ canaries, twin, shadow }: Watched): TickColumn[] {
  const column = (name: string, type: GrowingColumn['type'], cell: TickColumn['cell']) => ({ name, type, cell });
  const number = (name: string, cell: (tick: TickRecord) => number | undefined) =>
    column(name, 'number', (tick) => {
      const value = cell(tick);
      return value === undefined || Number.isNaN(value) ? undefined : value;
    });
  const estimate = (name: string, of: 'disagreement' | 'totalVariation' | 'drift') => [
    number(name, ({ twin }) => twin?.[of]?.mean),
    number(`${name}_lower`, ({ twin }) => twin?.[of]?.interval.lower),
    number(`${name}_upper`, ({ twin }) => twin?.[of]?.interval.upper),
  ];
  const deciders = ({ canaries = [] }: TickRecord) =>
    canaries.map(({ policy, only }) => `${policy} for ${wordsOf(only!)}`).join('; ');
  return [
    ...(canaries
      ? [
          column('canaries', 'text', deciders),
          column('canary_agents', 'count', ({ canaries = [] }) =>
            canaries.reduce((sum, { agents }) => sum + agents, 0),
          ),
        ]
      : []),
    ...(twin
      ? [
          ...estimate('disagreement', 'disagreement'),
          ...estimate('total_variation', 'totalVariation'),
          ...estimate('drift', 'drift'),
        ]
      : []),
    ...(shadow
      ? [
          column('shadow_decisions', 'count', ({ shadow }) => shadow?.decisions),
          number('shadow_divergence', ({ shadow }) => shadow?.tick),
          number('shadow_mean', ({ shadow }) => shadow?.mean),
          number('shadow_lower', ({ shadow }) => shadow?.lower),
          number('shadow_upper', ({ shadow }) => shadow?.upper),
          column('shadow_alarm', 'count', ({ shadow }) => (shadow?.alarm ? 1 : 0)),
        ]
      : []),
  ];
}
