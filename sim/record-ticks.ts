import type { TickRecord } from './tick-record.ts';

/**
 * Columns of ticks.csv with their values. A factor or a measure that has the name of another column says what it is.
 */
export function rowOf(
  tick: TickRecord,
  actions: readonly string[],
): (readonly [string, string | number | undefined])[] {
  const before = [
    ['tick', tick.tick],
    ['day', tick.day],
  ] as const;
  const middle = [
    ['policy', tick.policy],
    ...actions.map((action, a) => [`agents_${action}`, tick.counts[a]] as const),
    ...actions.map(
      (action, a) => [`mean_p_${action}`, tick.decided > 0 ? tick.meanProbability[a] : undefined] as const,
    ),
    ['reward', tick.reward],
  ] as const;
  const after = [
    ['distinct_observations', tick.distinct],
    ['asked', tick.asked],
    ['failed', tick.failed],
  ] as const;
  const fixed = new Set<string>([...before, ...middle, ...after].map(([name]) => name));
  const world = Object.entries(tick.world).map(
    ([name, value]) => [fixed.has(name) || name in tick.measures ? `world_${name}` : name, value] as const,
  );
  const measures = Object.entries(tick.measures).map(
    ([name, value]) => [fixed.has(name) ? `measure_${name}` : name, value] as const,
  );
  const taken = new Set([...fixed, ...Object.keys(tick.world), ...Object.keys(tick.measures)]);
  const crowd = Object.entries(tick.crowd ?? {}).flatMap(([name, value]) =>
    Object.entries(typeof value === 'object' ? value : { '': value }).map(([place, level]) => {
      const column = place === '' ? name : `${name}_${place}`;
      return [taken.has(column) ? `crowd_${column}` : column, level] as const;
    }),
  );
  return [...before, ...world, ...crowd, ...middle, ...measures, ...after];
}
