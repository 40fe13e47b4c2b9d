/** A point in CSS pixels of the town's box. */
export interface At {
  readonly x: number;
  readonly y: number;
}

/** Points that stand for the way between two places, evenly spaced. */
export const ROAD_POINTS = 16;

/** Two neighbouring places, by their index. */
export type Road = readonly [number, number];

const apart = (a: At, b: At) => Math.hypot(a.x - b.x, a.y - b.y);

/** The shortest net of roads that joins all places: the minimum spanning tree. Prim, 1957. */
export function roadsOf(places: readonly At[]): Road[] {
  const roads: Road[] = [];
  const joined = new Set(places.length > 0 ? [0] : []);
  const nearest = places.map((place) => ({ road: 0, distance: apart(place, places[0]!) }));
  while (joined.size < places.length) {
    let next = -1;
    nearest.forEach(({ distance }, i) => {
      if (!joined.has(i) && (next < 0 || distance < nearest[next]!.distance)) next = i;
    });
    roads.push([nearest[next]!.road, next]);
    joined.add(next);
    places.forEach((place, i) => {
      const distance = apart(place, places[next]!);
      if (distance < nearest[i]!.distance) nearest[i] = { road: next, distance };
    });
  }
  return roads;
}

/** How far a road bends, in its lengths. */
const BEND = 0.12;

/** Where a road's curve is pulled to; the same in both directions. */
function pull(places: readonly At[], [i, j]: Road): At {
  const [a, b] = [places[i]!, places[j]!];
  return { x: (a.x + b.x) / 2 + (b.y - a.y) * BEND, y: (a.y + b.y) / 2 - (b.x - a.x) * BEND };
}

/** A gently bent line, as SVG path data. */
export function roadPath(places: readonly At[], road: Road): string {
  const [a, b, via] = [places[road[0]]!, places[road[1]]!, pull(places, road)];
  return `M${a.x} ${a.y}Q${via.x} ${via.y} ${b.x} ${b.y}`;
}

/** Points of a road's curve from one end to the other. */
function curve(places: readonly At[], road: Road, reversed: boolean, steps: number): At[] {
  const [a, b, via] = [places[road[0]]!, places[road[1]]!, pull(places, road)];
  const points = Array.from({ length: steps + 1 }, (_, i) => {
    const t = i / steps;
    const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
    return { x: p * a.x + q * via.x + r * b.x, y: p * a.y + q * via.y + r * b.y };
  });
  return reversed ? points.reverse() : points;
}

/** As many points on a line as stand for a way, evenly spaced along it. */
export function evenly(line: readonly At[], points = ROAD_POINTS): At[] {
  const lengths = line.slice(1).map((point, i) => apart(point, line[i]!));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let [piece, before] = [0, 0];
  return Array.from({ length: points }, (_, i) => {
    if (i === points - 1) return { x: line.at(-1)!.x, y: line.at(-1)!.y };
    const wanted = (total * i) / (points - 1);
    while (piece < lengths.length - 1 && before + lengths[piece]! < wanted) before += lengths[piece++]!;
    const [a, b] = [line[piece]!, line[piece + 1] ?? line[piece]!];
    const t = lengths[piece] ? Math.min(1, (wanted - before) / lengths[piece]!) : 0;
    return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
  });
}

/**
 * The ways between all places, by the roads if there are any.
 * @returns shape [places from, places to, ROAD_POINTS, 2]
 */
export function waysOf(places: readonly At[], roads: readonly Road[]): Float32Array {
  const n = places.length;
  const ways = new Float32Array(n * n * ROAD_POINTS * 2);
  const steps = n > 24 ? 4 : 12;
  const curves = new Map<number, At[]>();
  const neighbours = places.map((): number[] => []);
  for (const road of roads) {
    const [a, b] = road;
    curves.set(a * n + b, curve(places, road, false, steps));
    curves.set(b * n + a, curve(places, road, true, steps));
    neighbours[a]!.push(b);
    neighbours[b]!.push(a);
  }
  for (let from = 0; from < n; from++) {
    // Roads are a tree: there is one way from everywhere to here.
    const back = new Int32Array(n).fill(-1);
    const open = [from];
    for (const at of open)
      for (const next of neighbours[at]!)
        if (next !== from && back[next] === -1) {
          back[next] = at;
          open.push(next);
        }
    for (let to = 0; to < n; to++) {
      const line: At[] = [];
      for (let at = to; at !== from && back[at] !== -1; at = back[at]!)
        line.unshift(...curves.get(back[at]! * n + at)!);
      const way = evenly(line.length > 0 ? line : [places[from]!, places[to]!]);
      way.forEach(({ x, y }, k) => ways.set([x, y], ((from * n + to) * ROAD_POINTS + k) * 2));
    }
  }
  return ways;
}
