import type { Hello } from '../../protocol.ts';
import { GROUND, type TownLayout } from './layout.ts';

type At = { readonly x: number; readonly y: number };
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

/** Grounds, roads and what stands around them, below the agents. */
export function Scenery({ layout, places: staged }: { layout: TownLayout; places: readonly Place[] }) {
  const { width, height, places, reach } = layout;
  const ground = reach * GROUND;
  // A ring of drawings above each place, as many as fit.
  const around = [-160, -132, -104, -76, -48, -20].map((degrees) => (degrees * Math.PI) / 180);
  return (
    <svg class="scenery" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      {roads(places).map(([a, b]) => (
        <path key={`${a.x},${a.y},${b.x},${b.y}`} class="road" d={road(a, b)} />
      ))}
      {roads(places).map(([a, b]) => (
        <path key={`${a.x},${a.y},${b.x},${b.y}`} class="lane" d={road(a, b)} />
      ))}
      {places.map(({ name, x, y }, i) => (
        <g key={name} transform={`translate(${x} ${y})`}>
          <circle class={staged[i]?.green ? 'ground ground-green' : 'ground'} r={ground} />
          {staged[i]?.drawing &&
            around.map((angle) => (
              <g
                key={angle}
                class="drawing"
                transform={`translate(${Math.cos(angle) * (ground + 9)} ${Math.sin(angle) * (ground + 9)}) scale(${Math.min(1, reach / 110)})`}
              >
                <Drawn drawing={staged[i]!.drawing!} />
              </g>
            ))}
        </g>
      ))}
    </svg>
  );
}

/** The shortest net of roads that joins all places (minimum spanning tree, Prim). */
function roads<P extends At>(places: readonly P[]): [P, P][] {
  const joined = places.slice(0, 1);
  const rest = places.slice(1);
  const net: [P, P][] = [];
  while (rest.length > 0) {
    const pairs = joined.flatMap((a) => rest.map((b) => [a, b] as [P, P]));
    const [a, b] = pairs.reduce((best, pair) => (length(pair) < length(best) ? pair : best));
    net.push([a, b]);
    joined.push(b);
    rest.splice(rest.indexOf(b), 1);
  }
  return net;
}

const length = ([a, b]: readonly [At, At]) => Math.hypot(a.x - b.x, a.y - b.y);

/** A gently bent line. */
function road(a: At, b: At): string {
  const bend = 0.12;
  const x = (a.x + b.x) / 2 + (b.y - a.y) * bend;
  const y = (a.y + b.y) / 2 - (b.x - a.x) * bend;
  return `M${a.x} ${a.y}Q${x} ${y} ${b.x} ${b.y}`;
}

/** Somebody or something that comes by, standing on the line y = 0. */
export const Visitor = ({ drawing = flag }: { drawing?: Drawing }) => <Drawn drawing={drawing} />;
