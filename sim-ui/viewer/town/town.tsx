import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { inspect } from '../connection.ts';
import { colouring, frame, hello, noPicture, status } from '../store.ts';
import { capital, integer, past, whenInWords, worldInWords } from '../words.ts';
import { census, isNarrow, labelAbove, labelDistance, radiusOf, type TownLayout } from './layout.ts';
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

  const weather = useComputed(() => String(status.value?.world.weather ?? ''));
  useSignalEffect(() => {
    box.current!.parentElement!.dataset.weather = weather.value;
  });

  return (
    <section class="town panel" aria-label="Town">
      <header class="town-head">
        <h2 class="when">{status.value ? whenInWords(status.value) : ' '}</h2>
        <p class="world">
          {status.value && hello.value ? worldInWords(status.value.world, hello.value.scenario).join(' · ') : ' '}
        </p>
        <Colouring />
      </header>
      <div class="town-ground">
        {layout.value && <Scenery layout={layout.value} />}
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
        <Legend />
        {noPicture.value && (
          <p class="no-picture" role="status">
            {noPicture.value}
          </p>
        )}
      </div>
    </section>
  );
}

/** How many are at each place and how many of them acted, as words above the crowd and for screen readers. */
function Labels({ layout }: { layout: TownLayout }) {
  const now = frame.value;
  if (!now || !hello.value) return null;
  const { crowd, acted } = census(now.states, now.placeBits, layout.places.length);
  const { actions } = hello.value.scenario;
  const did = actions.length === 2 ? past(actions[1]!) : 'acted';
  return (
    <ul class="labels" aria-label="Places">
      {layout.places.map(({ name, x, y }, i) => {
        const distance = labelDistance(layout, i, crowd[i]! / now.states.length);
        // It moves with the edge of its crowd and stays inside the town.
        const offset = labelAbove(layout, i)
          ? `max(${-y}px, -100% - ${distance}px)`
          : `min(${layout.height - y}px - 100%, ${distance}px)`;
        return (
          <li
            key={name}
            class="label"
            style={{ left: `${x}px`, top: `${y}px`, transform: `translate(-50%, ${offset})` }}
          >
            <PlaceIcon name={name} />
            <span class="label-name">{capital(name) || 'Everybody'}</span>
            <span class="label-count">{integer(crowd[i]!)}</span>
            <span class="label-acted">{now.played ? `${integer(acted[i]!)} ${did}` : ' '}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Visitors({ layout }: { layout: TownLayout }) {
  const { world } = status.value ?? {};
  if (!world || !hello.value) return null;
  return (
    <>
      {hello.value.scenario.visitors.map((name, i) => {
        const place = layout.places.find((candidate) => candidate.name === String(world[name]));
        const narrow = isNarrow(layout.width);
        const x = place ? place.x + layout.reach * 0.5 : layout.width * (narrow ? 0.9 : 0.66) - 60 * i;
        const y = place ? place.y - layout.reach * 0.28 : layout.height - (narrow ? 4 : 18);
        return (
          <g key={name} class={place ? 'visitor' : 'visitor away'} style={{ transform: `translate(${x}px, ${y}px)` }}>
            <Visitor name={name} />
          </g>
        );
      })}
    </>
  );
}

/** The crowds as circles, where the agents themselves cannot be drawn. */
function Balloons({ layout }: { layout: TownLayout }) {
  const now = frame.value;
  if (!now) return null;
  const { crowd, acted } = census(now.states, now.placeBits, layout.places.length);
  return (
    <svg class="balloons" aria-hidden="true">
      {layout.places.map(({ name, x, y }, i) => (
        <g key={name}>
          <circle class="balloon" cx={x} cy={y} r={radiusOf(layout, crowd[i]! / now.states.length)} />
          <circle class="balloon-acted" cx={x} cy={y} r={radiusOf(layout, acted[i]! / now.states.length)} />
        </g>
      ))}
    </svg>
  );
}

/** What the dots' colours mean. */
function Legend() {
  const actions = hello.value?.scenario.actions ?? [];
  const shown = colouring.value;
  if (shown === 'action')
    return (
      <p class="legend">
        <i class="key key-acted" /> {actions.length === 2 ? past(actions[1]!) : 'acted'}
        <i class="key key-dot" /> {past(actions[0] ?? 'skip')}
      </p>
    );
  if (shown === 'probability')
    return (
      <p class="legend">
        0 <i class="key-ramp" /> 1
      </p>
    );
  return (
    <p class="legend">
      <i class="key key-high" /> {hello.value?.scenario.traits[shown]} <i class="key key-dot" /> others
    </p>
  );
}

/** The choice of what the dots' colours mean. */
function Colouring() {
  const scenario = hello.value?.scenario;
  const asked = scenario && scenario.actions.length === 2 ? scenario.actions[1] : 'act';
  return (
    <label class="field colouring">
      <span>Colour by</span>
      <select
        value={String(colouring.value)}
        onChange={({ currentTarget: { value } }) => {
          colouring.value = value === 'action' || value === 'probability' ? value : Number(value);
        }}
      >
        <option value="action">what they did</option>
        <option value="probability">P({asked})</option>
        {scenario?.traits.map((trait, i) => (
          <option key={trait} value={String(i)}>
            {trait}
          </option>
        ))}
      </select>
    </label>
  );
}
