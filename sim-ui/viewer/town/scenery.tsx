import { type ReadonlySignal, useComputed } from '@preact/signals';
import type { Hello } from '../../protocol/hello.ts';
import { type Census, drawingScale, GROUND, radiusOf, type TownLayout } from './layout.ts';
import { roadPath } from './roads.ts';

type Place = Hello['scenario']['places'][number];
type Drawing = NonNullable<Place['drawing']>;

/** A flag, for visitors that bring no drawing of their own. */
const flag: Drawing = [
  { path: 'M0 0V-26', paint: 'ink' },
  { path: 'M0-26H18L13-20 18-14H0Z', paint: 'accent' },
];

const Drawn = ({ drawing }: { drawing: Drawing }) => (
  <g>
    {drawing.map(({ path, paint }) => (
      <path key={path} class={`paint-${paint}`} d={path} />
    ))}
  </g>
);

/** The vector drawing of a place, for its label; nothing if it has none. */
export function PlaceIcon({ drawing }: Pick<Place, 'drawing'>) {
  if (!drawing) return null;
  return (
    <svg class="place-icon" viewBox="-12 -12 24 24" width="18" height="18" aria-hidden="true">
      <Drawn drawing={drawing} />
    </svg>
  );
}

/** Grounds, roads and what stands around them, below the agents: in coordinates of the layout. */
export function Scenery({
  layout,
  places: staged,
  census,
}: {
  layout: TownLayout;
  places: readonly Place[];
  census: ReadonlySignal<Census | undefined>;
}) {
  const { places, reach, roads } = layout;
  const ground = reach * GROUND;
  return (
    <>
      {roads.map((road) => (
        <path key={road.join()} class="road" d={roadPath(places, road)} />
      ))}
      {roads.map((road) => (
        <path key={road.join()} class="lane" d={roadPath(places, road)} />
      ))}
      {places.map(({ name, x, y }, i) => (
        <g key={name} transform={`translate(${x} ${y})`}>
          <circle class={staged[i]?.green ? 'ground ground-green' : 'ground'} r={ground} />
          {staged[i]?.drawing && <Ring drawing={staged[i]!.drawing!} layout={layout} place={i} census={census} />}
        </g>
      ))}
    </>
  );
}

/** Where drawings stand above a place, as many as fit. */
const around = [-160, -132, -104, -76, -48, -20].map((degrees) => (degrees * Math.PI) / 180);

interface RingProps {
  readonly drawing: Drawing;
  readonly layout: TownLayout;
  readonly place: number;
  readonly census: ReadonlySignal<Census | undefined>;
}

/** A ring of drawings above a place, gone while the crowd there covers it. */
function Ring({ drawing, layout, place, census }: RingProps) {
  const { reach } = layout;
  const ground = reach * GROUND;
  const size = drawingScale(reach);
  const out = ground + 9 * Math.max(1, size);
  // As an attribute: a tick draws nothing of this anew.
  const shown = useComputed(() => {
    const crowd = census.value?.crowd ?? [];
    const all = crowd.reduce((sum, count) => sum + count, 0);
    return radiusOf(layout, all > 0 ? crowd[place]! / all : 0) > ground + 2 ? 'around covered' : 'around';
  });
  return (
    <g class={shown}>
      {around.map((angle) => (
        <g
          key={angle}
          class="drawing"
          transform={`translate(${Math.cos(angle) * out} ${Math.sin(angle) * out}) scale(${size})`}
        >
          <Drawn drawing={drawing} />
        </g>
      ))}
    </g>
  );
}

/** Somebody or something that comes by, standing on the line y = 0. */
export const Visitor = ({ drawing = flag }: { drawing?: Drawing }) => <Drawn drawing={drawing} />;
