import type { ReadonlySignal } from '@preact/signals';
import { hello, selected } from '../store.ts';
import { arrangement } from './arrangement.ts';
import type { TownLayout } from './layout.ts';
import type { Memory } from './memory.ts';
import { ROAD_POINTS } from './roads.ts';

/** The ways that the selected agent took in the last ticks, the older the paler. */
export function Trail({ layout, memory }: { layout: TownLayout; memory: ReadonlySignal<readonly Memory[]> }) {
  const agent = selected.value;
  const ticks = memory.value;
  if (agent === null || arrangement.value.by !== 'place' || !hello.value) return null;
  const legs = ticks.slice(1).flatMap(({ tick, places }, i) => {
    const [from, to] = [ticks[i]!.places[agent], places[agent]];
    return from === undefined || to === undefined || from === to ? [] : [{ tick, from, to }];
  });
  const last = ticks.at(-1)?.tick ?? 0;
  return (
    <g class="trail">
      {legs.map(({ tick, from, to }) => (
        <path key={tick} d={wayPath(layout, from, to)} opacity={Math.max(0.15, 1 - (last - tick) / ticks.length)} />
      ))}
    </g>
  );
}

function wayPath({ ways, places }: TownLayout, from: number, to: number): string {
  const at = (from * places.length + to) * ROAD_POINTS * 2;
  const points = Array.from({ length: ROAD_POINTS }, (_, k) => {
    const [x, y] = [ways[at + 2 * k]!, ways[at + 2 * k + 1]!];
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
