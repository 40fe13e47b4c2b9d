import { useComputed } from '@preact/signals';
import { hello, status } from '../store.ts';
import { capital } from '../words.ts';
import type { TownLayout } from './layout.ts';
import { GROUND } from './layout.ts';

/** The most people that a line shows. */
const LINE = 9;

/** People who wait in a line at a place: the longer, the higher the level of the factor. */
export function Queues({ layout }: { layout: TownLayout }) {
  const { crowds = [], places = [] } = hello.value?.scenario ?? {};
  const levels = status.value?.crowd ?? {};
  return (
    <g class="queues">
      {crowds
        .filter(({ as }) => as === 'queue')
        .flatMap((crowd) =>
          (levels[crowd.name] ?? []).map(({ at, level }) => {
            const place = layout.places[places.findIndex(({ name }) => name === at)];
            if (!place || level === crowd.start) return null;
            const waiting = Math.round((LINE * level) / (crowd.levels.length - 1));
            const step = Math.max(4.5, Math.min(9, layout.reach * 0.07));
            const [x, y] = [place.x + layout.reach * (GROUND + 0.06), place.y + layout.reach * 0.2];
            return (
              <g key={`${crowd.name} ${at}`} transform={`translate(${x} ${y}) scale(${step / 9})`}>
                {Array.from({ length: waiting }, (_, i) => (
                  <Person key={i} x={(i % 5) * 9} y={Math.floor(i / 5) * 13} />
                ))}
              </g>
            );
          }),
        )}
    </g>
  );
}

const Person = ({ x, y }: { x: number; y: number }) => (
  <path
    class="waiting"
    d={`M${x - 3} ${y + 9}V${y + 2.5}a3 3 0 0 1 6 0V${y + 9}ZM${x - 2.2} ${y - 3}a2.2 2.2 0 1 1 4.4 0a2.2 2.2 0 1 1-4.4 0Z`}
  />
);

/** How full the roads are, from 0 to 1. */
export function useJam() {
  return useComputed(() => {
    const levels = status.value?.crowd ?? {};
    return (hello.value?.scenario.crowds ?? [])
      .filter(({ as }) => as === 'roads')
      .flatMap(({ name, levels: all }) => (levels[name] ?? []).map(({ level }) => level / (all.length - 1)))
      .reduce((most, level) => Math.max(most, level), 0);
  });
}

/** The crowd factors in words, each with its level. */
export function CrowdMeters() {
  const { crowds = [] } = hello.value?.scenario ?? {};
  const levels = status.value?.crowd ?? {};
  if (crowds.length === 0) return null;
  return (
    <ul class="crowds" aria-label="Crowds">
      {crowds.map(({ name, label, levels: words, start }) => {
        const now = levels[name] ?? [];
        const busy = now.filter(({ level }) => level !== start);
        const most = busy.reduce((high, { level }) => Math.max(high, level), 0);
        const text =
          busy.length === 0
            ? words[start]
            : busy.map(({ at, level }) => (at ? `${words[level]} (${at})` : words[level])).join(', ');
        return (
          <li key={name} title={`${label}: ${text}`}>
            <span class="meter" aria-hidden="true">
              {words.slice(1).map((word, i) => (
                <i key={word} class={i < most ? 'on' : ''} />
              ))}
            </span>
            {capital(label)}: {text}
          </li>
        );
      })}
    </ul>
  );
}
