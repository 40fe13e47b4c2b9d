import { computed, type Signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Frame } from '../../frame.ts';
import { inspect } from '../connection.ts';
import { alongside, twin } from '../contrast.ts';
import { Find } from '../find.tsx';
import { NetworkChoice } from '../neighbours.tsx';
import { AlongsideCaption, RunCaption, TwinCaption } from '../split.tsx';
import { actions, connection, hello, noPicture, playing, status } from '../store.ts';
import { whenInWords } from '../words.ts';
import { arrangement } from './arrangement.ts';
import { camera, type Point } from './camera.ts';
import { CameraControls, toggleFollow } from './camera-controls.tsx';
import { CrowdMeters, Queues, useJam } from './crowds.tsx';
import { listen, obeyKey } from './gestures.ts';
import { Labels } from './labels.tsx';
import { type Census, isNarrow, radiusOf, type TownLayout } from './layout.ts';
import { ArrangementChoice, ColourChoice, Legend } from './legend.tsx';
import { alongsidePicture, runPicture, type TownPicture, twinPicture } from './picture.ts';
import { Scenery, Visitor } from './scenery.tsx';
import { SkySign, Weather } from './sky.tsx';
import { hovered, Tooltip } from './tooltip.tsx';
import { Trail } from './trail.tsx';
import { TownView } from './view.ts';

/** The town: places, who is where and what they did. A click picks an agent. With a twin, both side by side. */
export function Town() {
  const view = useSignal<TownView | undefined>(undefined);
  return (
    <section class="town panel" aria-label="Town">
      <Head />
      <div class={beside.value ? 'town-grounds two' : 'town-grounds'}>
        <Ground picture={runPicture} view={view} caption={<RunCaption />} />
        {beside.value === 'run' && <Beside key="run" picture={alongsidePicture} caption={<AlongsideCaption />} />}
        {beside.value === 'twin' && <Beside key="twin" picture={twinPicture} caption={<TwinCaption />} />}
      </div>
      <div class="town-foot">
        <Legend />
        <CrowdMeters />
        <NetworkChoice />
        {connection.value !== 'recording' && <Find />}
        {view.value && <CameraControls layout={view.value.layout} />}
      </div>
    </section>
  );
}

/** What is seen beside the run: another run, if somebody wants to see it, otherwise its twin. */
const beside = computed(() => (alongside.value ? 'run' : twin.value ? 'twin' : undefined));

function Beside(props: Omit<GroundProps, 'view'>) {
  const view = useSignal<TownView | undefined>(undefined);
  return <Ground {...props} view={view} />;
}

/** Ticks a second from which on nothing glides. */
const FAST = 8;

interface GroundProps {
  readonly picture: TownPicture;
  readonly view: Signal<TownView | undefined>;
  readonly caption: ComponentChildren;
}

/** One picture of the town, which the camera moves over. */
function Ground({ picture, view, caption }: GroundProps) {
  const ground = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const below = useRef<SVGGElement>(null);
  const above = useRef<SVGGElement>(null);
  const ring = useRef<SVGGElement>(null);
  const edges = useRef<SVGPathElement>(null);
  const found = useRef<SVGPathElement>(null);
  const keyboard = useSignal(false);

  useEffect(() => {
    const town = new TownView(
      {
        box: box.current!,
        grounds: [below.current!, above.current!],
        ring: ring.current!,
        edges: edges.current!,
        found: found.current!,
      },
      picture,
    );
    view.value = town;
    town.open();
    const deaf = listen(box.current!, {
      box: () => town.layout.peek() ?? { width: 1, height: 1 },
      pick: (at) => {
        const agent = town.agentAt(at);
        if (agent !== null && picture.same.peek()) inspect(agent);
      },
      hover: (at) => {
        point(town, picture, at, false);
      },
    });
    return () => {
      deaf();
      town.close();
    };
  }, []);

  const scene = useComputed(() => {
    const { air = '', light = 'day' } = status.value?.scene ?? {};
    return { air, light };
  });
  const jam = useJam();
  const fast = useComputed(() => playing.value && (status.value?.speed ?? 0) >= FAST);
  useSignalEffect(() => {
    Object.assign(ground.current!.dataset, scene.value, {
      jam: jam.value > 0 ? (jam.value < 1 ? 'some' : 'full') : '',
    });
    // What glides from tick to tick would never arrive, and would be drawn sixty times a second.
    ground.current!.dataset.fast = String(fast.value);
    ground.current!.dataset.zoomed = String(camera.value.zoom > 1);
  });
  // Whoever is in the middle is read out while the keyboard moves the map.
  useSignalEffect(() => {
    void [camera.value, picture.frame.value];
    if (keyboard.value && view.value) middle(view.value, picture);
  });

  const layout = view.value?.layout.value;
  const scenario = hello.value?.scenario;
  const onMap = arrangement.value.by === 'place';
  const keys = `map-keys${picture.leads ? '' : '-beside'}`;
  return (
    <div class="side">
      {caption}
      <div class="town-ground" ref={ground}>
        <svg class="scenery" aria-hidden="true">
          <g ref={below}>
            {layout && view.value && (
              <Scenery layout={layout} places={onMap ? (scenario?.places ?? []) : []} census={view.value.census} />
            )}
            {layout && <Weather width={layout.width} height={layout.height} />}
          </g>
        </svg>
        <div
          class="town-box"
          ref={box}
          role="application"
          aria-label={picture.leads ? 'Map' : `Map of ${picture.name}`}
          aria-describedby={keys}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the map is moved by keys
          tabIndex={0}
          onKeyDown={(event) => view.value && onKey(event, view.value, picture, keyboard)}
          onFocus={({ currentTarget }) => {
            keyboard.value = currentTarget.matches(':focus-visible');
          }}
          onBlur={() => {
            keyboard.value = false;
            hovered.value = null;
          }}
        />
        <p id={keys} class="sr-only">
          Arrow keys move the map, plus and minus zoom, 0 shows the whole town, Enter picks the agent in the middle, F
          follows it. The table of agents, beside the map, tells the same in words.
        </p>
        {layout && noPicture.value && view.value && (
          <Balloons layout={layout} census={view.value.census.value} frame={picture.frame.value} />
        )}
        <svg class="above" aria-hidden="true">
          <g ref={above}>
            <path class="edges" ref={edges} />
            {layout && onMap && view.value && <Trail layout={layout} memory={view.value.memory} />}
            {layout && onMap && picture.leads && <Queues layout={layout} />}
            {layout && onMap && <Visitors layout={layout} />}
          </g>
          <path class="found" ref={found} />
          <g ref={ring} class="ring">
            <circle r="9" />
            <circle r="13" />
          </g>
          {keyboard.value && layout && (
            <path
              class="reticle"
              d={`M${layout.width / 2 - 12} ${layout.height / 2}h24M${layout.width / 2} ${layout.height / 2 - 12}v24`}
            />
          )}
        </svg>
        {layout && view.value && <Labels layout={layout} census={view.value.census} picture={picture} />}
        {picture.leads && <SkySign />}
        {layout && <Tooltip box={layout} picture={picture} />}
        {noPicture.value && (
          <p class="no-picture" role="status">
            {noPicture.value}
          </p>
        )}
      </div>
    </div>
  );
}

/** When it is, what the world is like, and what the picture shows. */
function Head() {
  const scenario = hello.value?.scenario;
  return (
    <header class="town-head">
      <h2 class="when">{status.value && scenario ? whenInWords(status.value, scenario) : ' '}</h2>
      <p class="world">{status.value?.scene.world.join(' · ') ?? ' '}</p>
      <div class="town-choices">
        <ArrangementChoice />
        <ColourChoice />
      </div>
    </header>
  );
}

/** Shows who is at a point of the picture. */
function point(town: TownView, picture: TownPicture, at: Point | null, spoken: boolean): number | null {
  const agent = at && town.agentAt(at, spoken ? 40 : Math.max(6, town.dot + 3));
  const where = agent === null ? null : town.whereIs(agent);
  const before = hovered.peek();
  if (agent === null || !where) hovered.value = null;
  else if (
    before?.picture !== picture ||
    before.agent !== agent ||
    before.at[0] !== where[0] ||
    before.at[1] !== where[1]
  )
    hovered.value = { agent, at: where, spoken, picture };
  return agent;
}

function middle(town: TownView, picture: TownPicture): number | null {
  const layout = town.layout.peek();
  return layout ? point(town, picture, [layout.width / 2, layout.height / 2], true) : null;
}

function onKey(event: KeyboardEvent, town: TownView, picture: TownPicture, keyboard: { value: boolean }): void {
  const layout = town.layout.peek();
  if (!layout || event.ctrlKey || event.metaKey || event.altKey) return;
  keyboard.value = true;
  if (event.key === 'Enter') {
    const agent = middle(town, picture);
    if (agent !== null) inspect(agent);
  } else if (event.key === 'f') toggleFollow();
  else if (event.key === 'Escape') keyboard.value = false;
  else if (!obeyKey(event.key, layout)) return;
  event.preventDefault();
  event.stopPropagation();
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
        const size = Math.min(2.2, Math.max(0.7, layout.reach / 60));
        return (
          <g
            key={name}
            class={place ? 'visitor' : 'visitor away'}
            style={{ transform: `translate(${x}px, ${y}px) scale(${size})` }}
          >
            <Visitor drawing={drawing} />
          </g>
        );
      })}
    </>
  );
}

/** The crowds as circles, where the agents themselves cannot be drawn: who did something else than the default inside. */
function Balloons({
  layout,
  census,
  frame: now,
}: {
  layout: TownLayout;
  census: Census | undefined;
  frame: Frame | undefined;
}) {
  if (!now || !census) return null;
  const { crowd, byAction } = census;
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
