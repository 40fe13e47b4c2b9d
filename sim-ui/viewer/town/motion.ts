import { type Clustering, clusterAt } from './clustering.ts';
import type { TownLayout } from './layout.ts';
import { ROAD_POINTS } from './roads.ts';

const UNIT = 2 ** -32;

/**
 * What agents' numbers are multiplied by, modulo their number, to deal out the seats of a crowd: people of a kind have
 * numbers in a row and shall not stand together. Prime to n, and small enough for the product to fit 32 bits.
 */
export function multiplierOf(agents: number): number {
  const most = Math.max(1, Math.min(Math.floor(agents * 0.6180339887), Math.floor((2 ** 32 - 1) / agents)));
  for (let multiplier = most; multiplier > 1; multiplier--) if (gcd(multiplier, agents) === 1) return multiplier;
  return 1;
}

function gcd(a: number, b: number): number {
  let [m, n] = [a, b];
  while (n > 0) [m, n] = [n, m % n];
  return m;
}

/** Where an agent stands in the crowd of its place, in the unit disc: a seed of a sunflower. As the shader has it. */
export function standing(agent: number, agents: number, multiplier = multiplierOf(agents)): readonly [number, number] {
  return seatAt((agent * multiplier) % agents, agents);
}

function seatAt(seat: number, agents: number): readonly [number, number] {
  const radius = Math.sqrt((seat + 0.5) / agents);
  const angle = (Math.imul(seat + 1, 0x9e3779b9) >>> 0) * UNIT * 2 * Math.PI;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** How far an agent is on its way when the move is at `progress`: each at its own pace, and all arrive. */
export function onTheWay(agent: number, progress: number): number {
  const h = Math.imul(agent + 1, 0x85ebca6b) >>> 0;
  const leaves = h * UNIT * 0.35;
  const takes = (1 - leaves) * (0.6 + 0.4 * (Math.imul(h ^ (h >>> 15), 0xc2b2ae35) >>> 0) * UNIT);
  return smooth(Math.min(1, Math.max(0, (progress - leaves) / takes)));
}

const smooth = (t: number) => t * t * (3 - 2 * t);
const smoothstep = (low: number, high: number, t: number) => smooth(Math.min(1, Math.max(0, (t - low) / (high - low))));

/** Half the width that a crowd on a road takes, in CSS pixels. */
export const ROAD_HALF = 6;

/** A move from one tick's crowd to the next. */
export interface Move {
  /** Number of agents. */
  readonly agents: number;
  /** Who is where before and after. */
  readonly from: Clustering;
  readonly to: Clustering;
  /** Radius of each cluster's crowd before and after. */
  readonly fromRadius: readonly number[];
  readonly toRadius: readonly number[];
  /** Of a population that is small enough: each one's own seat before and after, so that no two overlap. */
  readonly seats?: { readonly from: Uint32Array; readonly to: Uint32Array };
}

/** Up to this many agents get seats of their own. */
export const SEATED = 20_000;

/**
 * Seats at each cluster, 0 to its crowd: who stays keeps a seat that there still is, others take the free ones from the
 * middle outwards.
 * @param crowd agents at each cluster
 */
export function seatsOf(
  agents: number,
  who: Clustering,
  crowd: readonly number[],
  before?: { readonly who: Clustering; readonly seats: Uint32Array },
): Uint32Array {
  const seats = new Uint32Array(agents);
  const seated = new Uint8Array(agents);
  const taken = crowd.map((count) => new Uint8Array(count));
  if (before?.seats.length === agents)
    for (let agent = 0; agent < agents; agent++) {
      const cluster = clusterAt(who, agent);
      const seat = before.seats[agent]!;
      if (clusterAt(before.who, agent) !== cluster || seat >= crowd[cluster]!) continue;
      seats[agent] = seat;
      seated[agent] = 1;
      taken[cluster]![seat] = 1;
    }
  const free = crowd.map(() => 0);
  const multiplier = multiplierOf(agents);
  for (let i = 0; i < agents; i++) {
    const agent = (i * multiplier) % agents;
    if (seated[agent] === 1) continue;
    const cluster = clusterAt(who, agent);
    while (taken[cluster]![free[cluster]!] === 1) free[cluster]!++;
    seats[agent] = free[cluster]!++;
  }
  return seats;
}

/** Where an agent is drawn, in CSS pixels of the layout. */
export function positionOf(layout: TownLayout, move: Move, agent: number, progress: number): readonly [number, number] {
  const [from, to] = [clusterAt(move.from, agent), clusterAt(move.to, agent)];
  const { agents, seats } = move;
  const dealt = (agent * layoutMultiplier(agents)) % agents;
  const [ax, ay] = seatAt(seats ? seats.from[agent]! : dealt, agents);
  const [bx, by] = seatAt(seats ? seats.to[agent]! : dealt, agents);
  // A seat of one's own stays where it is, however many come or go.
  const ra = seats ? layout.reach : move.fromRadius[from]!;
  const rb = seats ? layout.reach : move.toRadius[to]!;
  const b = layout.places[to]!;
  if (progress >= 1) return [b.x + bx * rb, b.y + by * rb];
  if (from === to) {
    const [sx, sy] = [ax * ra + (bx * rb - ax * ra) * progress, ay * ra + (by * rb - ay * ra) * progress];
    return [b.x + sx, b.y + sy];
  }
  const t = onTheWay(agent, progress);
  const along = t * (ROAD_POINTS - 1);
  const k = Math.min(Math.floor(along), ROAD_POINTS - 2);
  const at = ((from * layout.places.length + to) * ROAD_POINTS + k) * 2;
  const middle = (i: number) => layout.ways[at + i]! + (layout.ways[at + i + 2]! - layout.ways[at + i]!) * (along - k);
  const narrowed = ra + (ROAD_HALF - ra) * smoothstep(0, 0.3, t);
  const spread = narrowed + (rb - narrowed) * smoothstep(0.7, 1, t);
  return [middle(0) + (ax + (bx - ax) * t) * spread, middle(1) + (ay + (by - ay) * t) * spread];
}

let known = { agents: 0, multiplier: 1 };
/** The multiplier of the population at hand; finding it takes a while. */
function layoutMultiplier(agents: number): number {
  if (known.agents !== agents) known = { agents, multiplier: multiplierOf(agents) };
  return known.multiplier;
}

/**
 * The agent drawn closest to a point, or null if none is near. Of many agents those near the point are found by their
 * seats, as they stand once everybody has arrived.
 */
export function agentNear(
  layout: TownLayout,
  move: Move,
  progress: number,
  [x, y]: readonly [number, number],
  within: number,
): number | null {
  const { agents } = move;
  let best: number | null = null;
  let closest = within * within;
  const consider = (agent: number) => {
    const [ax, ay] = positionOf(layout, move, agent, agents <= SEATED ? progress : 1);
    const distance = (ax - x) ** 2 + (ay - y) ** 2;
    if (distance < closest) [best, closest] = [agent, distance];
  };
  if (agents <= SEATED) {
    for (let agent = 0; agent < agents; agent++) consider(agent);
    return best;
  }
  const inverse = inverseOf(layoutMultiplier(agents), agents);
  const near = Math.min(within, (6 * layout.reach) / Math.sqrt(agents));
  layout.places.forEach((place, i) => {
    const radius = move.toRadius[i]!;
    const distance = Math.hypot(x - place.x, y - place.y);
    if (radius === 0 || distance > radius + near) return;
    const seat = (r: number) => Math.round(agents * Math.min(1, Math.max(0, r / radius)) ** 2);
    for (let s = seat(distance - near); s < seat(distance + near); s++) {
      const agent = (s * inverse) % agents;
      if (clusterAt(move.to, agent) === i) consider(agent);
    }
  });
  return best;
}

/** What undoes a multiplication by `multiplier` modulo n. Euclid. */
function inverseOf(multiplier: number, n: number): number {
  let [a, b, x, y] = [multiplier, n, 1, 0];
  while (b > 0) {
    const q = Math.floor(a / b);
    [a, b, x, y] = [b, a - q * b, y, x - q * y];
  }
  return ((x % n) + n) % n;
}
