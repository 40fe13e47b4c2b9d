import { GROUND, type TownLayout } from './layout.ts';

type At = { readonly x: number; readonly y: number };

/** Small drawings around the origin, about 20 pixels across, by the name of a place. */
const drawings: Record<string, preact.JSX.Element> = {
  home: (
    <g>
      <path class="wall" d="M-7 8V-1L0-8 7-1V8Z" />
      <path class="detail" d="M-2 8V2H2V8" />
    </g>
  ),
  work: (
    <g>
      <path class="wall" d="M-8 8V-10H2V8ZM2 8V-4H9V8Z" />
      <path class="detail" d="M-5-6h1M-2-6h1M-5-2h1M-2-2h1M-5 2h1M-2 2h1M5 0h1M5 4h1" />
    </g>
  ),
  park: (
    <g>
      <path class="detail" d="M0 8V1" />
      <path
        class="leaf"
        d="M0-10C5-10 7.500-6.500 6.500-3.500 8-1 6 2.500 3 2.500H-3C-6 2.500-8-1-6.500-3.500-7.500-6.500-5-10 0-10Z"
      />
    </g>
  ),
  gym: (
    <g>
      <path class="detail" d="M-5 0H5" />
      <path class="wall" d="M-8-5h3V5h-3ZM5-5h3V5H5ZM-10.500-2.500h2.500v5h-2.500ZM8-2.500h2.500v5H8Z" />
    </g>
  ),
  street: (
    <g>
      <path class="detail" d="M-3 9V-7C-3-10 3-10 3-7" />
      <path class="lamp" d="M0.500-7H5.500L4.500-4H1.500Z" />
    </g>
  ),
};

const anywhere = (
  <g>
    <path class="wall" d="M0 9C-7 1-7-9 0-9S7 1 0 9Z" />
    <circle class="detail" r="2" cy="-3" />
  </g>
);

/** The vector drawing of a place, for its label. */
export function PlaceIcon({ name }: { name: string }) {
  return (
    <svg class="place-icon" viewBox="-12 -12 24 24" width="18" height="18" aria-hidden="true">
      {drawings[name] ?? anywhere}
    </svg>
  );
}

/** Grounds, roads and what stands around them, below the agents. */
export function Scenery({ layout }: { layout: TownLayout }) {
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
      {places.map(({ name, x, y }) => (
        <g key={name} transform={`translate(${x} ${y})`}>
          <circle class={`ground ground-${name}`} r={ground} />
          {around.map((angle) => (
            <g
              key={angle}
              class="drawing"
              transform={`translate(${Math.cos(angle) * (ground + 9)} ${Math.sin(angle) * (ground + 9)}) scale(${Math.min(1, reach / 110)})`}
            >
              {drawings[name] ?? anywhere}
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

/** The ice cream truck, wheels on the line y = 0; any other visitor is a flag. */
export function Visitor({ name }: { name: string }) {
  if (name !== 'truck')
    return (
      <g>
        <path class="truck-line" d="M0 0V-26" />
        <path class="truck-awning" d="M0-26H18L13-20 18-14H0Z" />
      </g>
    );
  return (
    <g>
      <path class="truck-body" d="M-22-5V-24H8V-5ZM8-18H15L20-12V-5H8Z" />
      <path class="truck-window" d="M-17-19H3V-12H-17ZM10.500-16H14L17-12H10.500Z" />
      <path
        class="truck-awning"
        d="M-20-24H6L4-19.500H1L-.5-22-2-19.500H-5L-6.500-22-8-19.500H-11L-12.500-22-14-19.500H-18Z"
      />
      <path class="truck-cone" d="M-10-28H-4L-7-21Z" />
      <circle class="truck-scoop" cx="-7" cy="-29.500" r="4" />
      <circle class="truck-wheel" cx="-14" cy="-4" r="4" />
      <circle class="truck-wheel" cx="12" cy="-4" r="4" />
    </g>
  );
}
