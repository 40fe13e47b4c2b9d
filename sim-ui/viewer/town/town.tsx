import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { inspect } from '../connection.ts';
import { Shares } from '../shares.tsx';
import { actions, frame, hello, noPicture, status } from '../store.ts';
import { capital, integer, whenInWords } from '../words.ts';
import { census, isNarrow, labelDistance, labelSide, radiusOf, type TownLayout } from './layout.ts';
import { ColourChoice, Legend } from './legend.tsx';
import { PlaceIcon, Scenery, Visitor } from './scenery.tsx';
import { TownView } from './view.ts';

/** The town: places, who is where and what they did. A click picks an agent. */
export function Town() {
  const box = useRef<HTMLDivElement>(null);
  const ring = useRef<SVGGElement>(null);
  const layout = useSignal<TownLayout | undefined>(undefined);

  useEffect(() => {
    const town = new TownView(box.current!, ring.current!, inspect);
    const stop = town.layout.subscribe((next) => {
      layout.value = next;
    });
    void town.open();
    return () => {
      stop();
      town.close();
    };
  }, []);

  const air = useComputed(() => status.value?.scene.air ?? '');
  useSignalEffect(() => {
    box.current!.parentElement!.dataset.air = air.value;
  });
  const scenario = hello.value?.scenario;

  return (
    <section class="town panel" aria-label="Town">
      <header class="town-head">
        <h2 class="when">{status.value && scenario ? whenInWords(status.value, scenario) : ' '}</h2>
        <p class="world">{status.value?.scene.world.join(' · ') ?? ' '}</p>
        <ColourChoice />
      </header>
      <div class="town-ground">
        {layout.value && <Scenery layout={layout.value} places={scenario?.places ?? []} />}
        <div class="town-box" ref={box} />
        {layout.value && noPicture.value && <Balloons layout={layout.value} />}
        <svg class="above" aria-hidden="true">
          {layout.value && <Visitors layout={layout.value} />}
          <g ref={ring} class="ring">
            <circle r="9" />
            <circle r="13" />
          </g>
        </svg>
        {layout.value && <Labels layout={layout.value} />}
        {noPicture.value && (
          <p class="no-picture" role="status">
            {noPicture.value}
          </p>
        )}
      </div>
      <Legend />
    </section>
  );
}

/** How many are at each place and what they did, as words above the crowd and for screen readers. */
function Labels({ layout }: { layout: TownLayout }) {
  const now = frame.value;
  if (!now || !hello.value) return null;
  const { crowd, byAction } = census(now, layout.places.length);
  const { places } = hello.value.scenario;
  return (
    <ul class="labels" aria-label="Places">
      {layout.places.map(({ name, x, y }, i) => {
        const distance = labelDistance(layout, i, crowd[i]! / now.places.length);
        // It moves with the edge of its crowd and stays inside the town.
        const offset = {
          above: `-50%, max(${-y}px, -100% - ${distance}px)`,
          below: `-50%, min(${layout.height - y}px - 100%, ${distance}px)`,
          left: `max(${-x}px, -100% - ${distance}px), -50%`,
          right: `min(${layout.width - x}px - 100%, ${distance}px), -50%`,
        }[labelSide(layout, i)];
        return (
          <li
            key={name}
            class={places[i]?.drawing ? 'label' : 'label plain'}
            style={{ left: `${x}px`, top: `${y}px`, transform: `translate(${offset})` }}
          >
            <PlaceIcon drawing={places[i]?.drawing} />
            <span class="label-name" title={places[i]?.label}>
              {capital(places[i]?.label ?? '') || 'Everybody'}
            </span>
            <span class="label-count">{integer(crowd[i]!)}</span>
            <span class="label-did">{now.played ? <Did counts={byAction[i]!} /> : ' '}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** What people at a place did: of two actions the count of the second, of more the shares of all. */
function Did({ counts }: { counts: readonly number[] }) {
  const [, second, ...more] = actions.value;
  if (second && more.length === 0)
    return (
      <span style={{ color: second.colour }}>
        {integer(counts[1]!)} {second.did}
      </span>
    );
  const all = counts.reduce((sum, count) => sum + count, 0);
  const words = actions.value
    .map(({ did }, a) => `${integer(counts[a]!)} ${did}`)
    .filter((_, a) => counts[a]! > 0)
    .join(', ');
  return <Shares shares={counts.map((count) => (all > 0 ? count / all : 0))} words={words} />;
}

function Visitors({ layout }: { layout: TownLayout }) {
  const { world } = status.value ?? {};
  if (!world || !hello.value) return null;
  return (
    <>
      {hello.value.scenario.visitors.map(({ name, drawing }, i) => {
        const place = layout.places.find((candidate) => candidate.name === String(world[name]));
        const narrow = isNarrow(layout.width);
        const x = place ? place.x + layout.reach * 0.5 : layout.width * (narrow ? 0.9 : 0.66) - 60 * i;
        const y = place ? place.y - layout.reach * 0.28 : layout.height - (narrow ? 4 : 18);
        return (
          <g key={name} class={place ? 'visitor' : 'visitor away'} style={{ transform: `translate(${x}px, ${y}px)` }}>
            <Visitor drawing={drawing} />
          </g>
        );
      })}
    </>
  );
}

/** The crowds as circles, where the agents themselves cannot be drawn: who did something else than the default inside. */
function Balloons({ layout }: { layout: TownLayout }) {
  const now = frame.value;
  if (!now) return null;
  const { crowd, byAction } = census(now, layout.places.length);
  const radius = (count: number) => radiusOf(layout, count / now.places.length);
  return (
    <svg class="balloons" aria-hidden="true">
      {layout.places.map(({ name, x, y }, i) => (
        <g key={name}>
          <circle class="balloon" cx={x} cy={y} r={radius(crowd[i]!)} />
          {discs(byAction[i]!).map(({ action, count }) => (
            <circle
              key={action}
              class="balloon-did"
              cx={x}
              cy={y}
              r={radius(count)}
              fill={actions.value[action]?.colour}
            />
          ))}
        </g>
      ))}
    </svg>
  );
}

/** Discs from the largest to the smallest, so that each action's ring has the area of those who took it. */
function discs(counts: readonly number[]): { action: number; count: number }[] {
  let count = 0;
  return counts
    .flatMap((own, action) => (action === 0 || own === 0 ? [] : [{ action, count: (count += own) }]))
    .reverse();
}
